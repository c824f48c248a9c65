namespace PyTake.Hosting;

/// <summary>Keeps the loops of a node's services going: one that fails is logged and begun again after a pause, which grows while it goes on failing.</summary>
public partial class Supervisor(TimeProvider time, ILogger<Supervisor> logger)
{
    /// <summary>The pause after the first failure.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>However often it fails, it is tried again after this; after as long without a failure, the next one is the first.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Runs a loop until it is cancelled.</summary>
    /// <param name="service">Its service's name, for the log.</param>
    /// <returns>Completes, and never fails, when the loop has returned or was cancelled.</returns>
    public async Task RunAsync(string service, Loop loop, CancellationToken stoppingToken)
    {
        // Whoever starts it waits for none of its work.
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

    /// <summary>Runs a loop once; tests make it fail here.</summary>
    protected virtual Task AttemptAsync(string service, Loop loop, CancellationToken stoppingToken) => loop(stoppingToken);

    private static TimeSpan Next(TimeSpan pause)
        => pause == TimeSpan.Zero ? ShortestPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;

    [LoggerMessage(7030, LogLevel.Error, "{Service} failed; the node goes on, and it is begun again in {Seconds:0.0} s")]
    private partial void LogFailed(Exception exception, string service, double seconds);
}
