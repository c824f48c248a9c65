using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Database;
using PyTake.Hosting;
using PyTake.Media;
using PyTake.Nodes;
using PyTake.WhatsApp.Outbound;

namespace PyTake.Operations;

internal static class OperationsSetup
{
    /// <summary>Registers what operators use: health checks, the operations page, the dashboard, and the API description.</summary>
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new Health(
            services.GetRequiredService<IOptions<PostgresOptions>>().Value.Postgres, () => services.GetRequiredService<RedisLink>().IsOpen,
            services.GetRequiredService<StorageHealth>().WorksAsync));
        builder.Services.AddSingleton<DemoData>();
        builder.Services.AddSingleton<FirstAdministrator>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSettings<ThreadPoolSettings>(ThreadPoolSettings.Section);
        builder.Services.AddSingleton<WorkerThreads>();
        builder.Services.AddHosted<ThreadPoolWatch>();
        builder.Services.AddHosted<NodeTimes>();
        builder.Services.AddHosted<OperationsFeed>();
        builder.Services.AddSingleton<LiveOperations>();
        builder.Services.AddDashboard();
        builder.Services.AddApiDescription();
    }

    /// <summary>Maps /health, /openapi/v1.json, Hangfire's dashboard, and /api/v1/ops, which covers all nodes.</summary>
    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        app.MapHealth();
        var operations = app.MapGroup("/api/v1/ops").RequireAuthorization(Policies.Operate).WithTags("operations");
        operations.MapGet("/nodes", (NodeRegistry nodes) => nodes.Live);
        operations.MapGet("/outbound", (OutboundStore outbound, CancellationToken cancellationToken) => outbound.SummaryAsync(cancellationToken));
        operations.MapGet("/live", LiveOperations.Open)
            .Produces<OperationsSnapshot>(200, "text/event-stream")
            .WithSummary("A snapshot of nodes, times, queues and counts each second, as server-sent events named snapshot")
            .WithDescription("It ends when the token expires, the session ends, or the right to see it is lost: reconnect with a fresh token.");
        app.MapDashboard();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
    }
}
