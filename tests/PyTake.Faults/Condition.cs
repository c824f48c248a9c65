using System.Diagnostics;

namespace PyTake.Faults;

/// <summary>Waiting for something to be true.</summary>
internal static class Condition
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <exception cref="IOException">It did not become true in time; the text says what.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> isTrue, TimeSpan deadline, string otherwise, CancellationToken cancellationToken)
    {
        if (!await BecomesTrueAsync(isTrue, deadline, cancellationToken)) throw new IOException($"{otherwise} within {deadline.TotalSeconds:0} s");
    }

    /// <returns>Whether it became true in time.</returns>
    public static async Task<bool> BecomesTrueAsync(Func<Task<bool>> isTrue, TimeSpan deadline, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < deadline;)
        {
            if (await isTrue()) return true;
            await Task.Delay(Look, cancellationToken);
        }
        return await isTrue();
    }
}
