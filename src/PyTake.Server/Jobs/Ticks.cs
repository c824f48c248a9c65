namespace PyTake.Jobs;

internal static class Ticks
{
    /// <summary>Waits for the timer's next tick.</summary>
    /// <returns>False when the token was cancelled first, where the timer itself would throw.</returns>
    public static async Task<bool> TickAsync(this PeriodicTimer timer, CancellationToken stoppingToken)
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
}
