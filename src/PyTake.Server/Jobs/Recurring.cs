using System.Diagnostics.CodeAnalysis;

namespace PyTake.Jobs;

/// <summary>Something to do every so often, on each node that works; it must not mind if another node does it at the same time.</summary>
/// <param name="Name">For the log.</param>
/// <param name="Every">The pause between the end of one run and the start of the next.</param>
/// <param name="RunAsync">One run. An exception is logged and the next run comes as usual.</param>
internal sealed record Recurring(string Name, TimeSpan Every, Func<CancellationToken, Task> RunAsync);

/// <summary>The built-in engine's clockwork.</summary>
[SuppressMessage("Design", "CA1031", Justification = "A run that fails must not end the clockwork")]
internal sealed partial class RecurringRunner(IEnumerable<Recurring> work, TimeProvider time, ILogger<RecurringRunner> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(work.Select(w => RunAsync(w, stoppingToken)));

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
        while (await NextAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(5001, LogLevel.Warning, "Recurring work {Name} failed and goes on with its next run")]
    private partial void LogFailed(Exception exception, string name);

    [LoggerMessage(5002, LogLevel.Information, "Recurring work {Name} succeeds again")]
    private partial void LogRecovered(string name);
}
