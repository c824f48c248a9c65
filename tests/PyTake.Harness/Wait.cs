using System.Diagnostics;

namespace PyTake.Harness;

/// <summary>Polls for a condition that has no signal to wait for, more often at first.</summary>
public static class Wait
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(25), Longest = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc cref="Until(Func{Task{bool}}, TimeSpan?, string)"/>
    public static Task Until(Func<bool> condition, TimeSpan? deadline = null, string otherwise = "The condition did not become true")
        => Until(() => Task.FromResult(condition()), deadline, otherwise);

    /// <param name="deadline">10 s by default.</param>
    /// <param name="otherwise">The beginning of the exception's text.</param>
    /// <exception cref="TimeoutException">It did not become true in time.</exception>
    public static async Task Until(Func<Task<bool>> condition, TimeSpan? deadline = null, string otherwise = "The condition did not become true")
    {
        var patience = deadline ?? TimeSpan.FromSeconds(10);
        if (!await Becomes(condition, patience, CancellationToken.None)) throw new TimeoutException($"{otherwise} within {patience.TotalSeconds:0} s");
    }

    /// <returns>Whether it became true in time.</returns>
    public static async Task<bool> Becomes(Func<Task<bool>> condition, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var pause = First; Stopwatch.GetElapsedTime(started) < deadline; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, Longest.Ticks)))
        {
            if (await condition()) return true;
            await Task.Delay(pause, cancellationToken);
        }
        return await condition();
    }
}
