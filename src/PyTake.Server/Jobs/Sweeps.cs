using System.Diagnostics.CodeAnalysis;
using PyTake.Hosting;

namespace PyTake.Jobs;

/// <summary>Runs the sweeps, which each node does by its own timer.</summary>
[SuppressMessage("Design", "CA1031", Justification = "A run that fails must not end the loop")]
internal sealed partial class Sweeps(IEnumerable<Recurring> recurring, TimeProvider time, Supervisor supervisor, ILogger<Sweeps> logger)
    : NodeService(supervisor), IWork
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops
        => [.. recurring.Where(work => work.OnEachNode).Select(work => (Loop)(stoppingToken => RunAsync(work, stoppingToken)))];

    private async Task RunAsync(Recurring work, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(work.Every, time);
        var failed = false;
        do
        {
            try
            {
                await work.RunAsync(stoppingToken);
                if (failed) LogRecovered(work.Name);
                failed = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                if (!failed) LogFailed(exception, work.Name);
                failed = true;
            }
        }
        while (await timer.TickAsync(stoppingToken));
    }

    [LoggerMessage(5001, LogLevel.Warning, "Recurring work {Name} failed and is tried again with its next run")]
    private partial void LogFailed(Exception exception, string name);

    [LoggerMessage(5002, LogLevel.Information, "Recurring work {Name} succeeds again")]
    private partial void LogRecovered(string name);
}
