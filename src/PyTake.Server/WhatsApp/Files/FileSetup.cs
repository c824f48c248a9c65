using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Http;
using PyTake.Jobs;
using PyTake.Nodes;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Files;

internal static class FileSetup
{
    /// <summary>Files between WhatsApp and the storage: fetching what customers send, and uploading what agents send.</summary>
    public static void AddFiles(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<DownloadOptions>(DownloadOptions.Section);
        services.AddSingleton<DownloadStore>();
        services.AddSingleton(provider => new DownloadSignal(provider.GetRequiredService<NodeBus>(), provider.GetRequiredService<NodeRegistry>()));
        services.AddSingleton<RetryDownload>();
        services.AddSingleton<ICustomerRecords, FileRecords>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;

        services.AddSingleton<GraphMedia>();
        services.AddGraphHttpClient(GraphMedia.Name, _ => TimeSpan.FromSeconds(5), (_, client) => client.Timeout = Timeout.InfiniteTimeSpan);
        services.AddSingleton<FetchFile>();
        services.AddSingleton<DownloadMetrics>();
        services.AddSingleton<DownloadPump>();
        services.AddPump<DownloadPump>();
        services.AddSingleton<IOutboundMedia, UploadFile>();
        services.AddRecurring("files that nothing has queued", _ => TimeSpan.FromMinutes(1), QueueForgottenAsync);
    }

    /// <summary>POST /api/v1/messages/{id}/media/retry.</summary>
    public static void MapFiles(this IEndpointRouteBuilder app)
        => app.MapPost("/api/v1/messages/{messageId:guid}/media/retry", Retry).WithTags("messages").RequireAuthorization(Policies.Write).ProducesErrors(404, 409);

    private static async Task<Results<Ok<Message>, JsonHttpResult<ErrorBody>>> Retry(
        Guid messageId, Caller caller, RetryDownload retry, CancellationToken cancellationToken)
        => (await retry.RunAsync(caller, messageId, cancellationToken)).ToOk();

    private static async Task QueueForgottenAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (await services.GetRequiredService<DownloadStore>().QueueForgottenAsync(cancellationToken) > 0) services.GetRequiredService<DownloadSignal>().Wake();
    }
}
