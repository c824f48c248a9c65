using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace PyTake.Telemetry;

/// <summary>
/// Serves /metrics, and nothing else, on a port of its own, so that the public port has no such path, and the internal port exposes
/// nothing but metrics.
/// </summary>
internal sealed class MetricsServer(TelemetryExport telemetry, IOptions<MetricsOptions> options) : IHostedService, IAsyncDisposable
{
    private WebApplication? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (telemetry.Page is not { } page) return;
        // An empty builder, so that it shares no settings, log or routes with the node.
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
        // Scrapes must not count as requests to the node.
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
