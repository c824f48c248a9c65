using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace PyTake.Telemetry;

/// <summary>
/// Serves /metrics on a port of its own, with nothing else on it: what the world can reach has no such path, and what operators can reach
/// has nothing but it.
/// </summary>
internal sealed class MetricsServer(TelemetryExport telemetry, IOptions<MetricsOptions> options) : IHostedService, IAsyncDisposable
{
    private WebApplication? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (telemetry.Page is not { } page) return;
        // Empty: it has no settings, no log and no routes of the node's.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(options.Value.MetricsUrl).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        _server = builder.Build();
        _server.Run(context => AnswerAsync(context, page));
        try
        {
            await _server.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException($"Operations:MetricsUrl: {exception.Message}", exception);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static Task AnswerAsync(HttpContext context, PrometheusText page)
    {
        // Prometheus' own requests are none of the node's.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } own) own.MetricsDisabled = true;
        if (context.Request.Path != "/metrics")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(page.Read(), context.RequestAborted);
    }
}
