namespace PyTake.Hosting;

/// <summary>Keeps the loops of a node's services running: a failed loop is logged and restarted after a pause, which doubles with each failure.</summary>
public partial class Supervisor(TimeProvider time, ILogger<Supervisor> logger)
{
    /// <summary>The pause after the first failure.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause. A loop that has run for this long before it fails starts again with the shortest one.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Runs a loop until it is cancelled.</summary>
    /// <param name="service">The service's name, for the log.</param>
    /// <returns>Completes when the loop has returned or was cancelled; never fails.</returns>
    public async Task RunAsync(string service, Loop loop, CancellationToken stoppingToken)
    {
        // So that the caller does not run the loop's synchronous beginning.
        await Task.Yield();
        var pause = TimeSpan.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                await AttemptAsync(service, loop, stoppingToken);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                pause = time.GetElapsedTime(began) >= LongestPause ? ShortestPause : Next(pause);
                LogFailed(exception, service, pause.TotalSeconds);
            }
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs a loop once; tests override it to make a loop fail.</summary>
    protected virtual Task AttemptAsync(string service, Loop loop, CancellationToken stoppingToken) => loop(stoppingToken);

    private static TimeSpan Next(TimeSpan pause)
        => pause == TimeSpan.Zero ? ShortestPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;

    [LoggerMessage(7030, LogLevel.Error, "{Service} failed and is restarted in {Seconds:0.0} s; the node keeps running")]
    private partial void LogFailed(Exception exception, string service, double seconds);
}
