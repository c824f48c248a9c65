using PyTake.Telemetry;

namespace PyTake.Operations;

internal static class MetricsSetup
{
    /// <summary>Registers the gauges of the node and of the backlog, if anything reads metrics.</summary>
    public static void AddNodeMetrics(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WaitingWorkStore>();
        if (!builder.HasMetrics()) return;
        builder.Services.AddHostedService<NodeMetrics>();
        builder.Services.AddHostedService<WaitingWorkMetrics>();
    }
}
