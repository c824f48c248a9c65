using PyTake.Telemetry;

namespace PyTake.Operations;

internal static class MetricsSetup
{
    /// <summary>Figures that are looked up when metrics are read, where anything reads them.</summary>
    public static void AddNodeMetrics(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WaitingWorkStore>();
        if (!builder.HasMetrics()) return;
        builder.Services.AddHostedService<NodeMetrics>();
        builder.Services.AddHostedService<WaitingWorkMetrics>();
    }
}
