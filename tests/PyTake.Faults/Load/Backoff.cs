namespace PyTake.Faults.Load;

/// <summary>Full jitter, as in src/pytake-client/src/backoff.ts.</summary>
internal static class Backoff
{
    private const double FirstMs = 300, CapMs = 10_000;

    /// <summary>The wait after this many consecutive failures, counted from 0.</summary>
    public static TimeSpan After(int failures) =>
        TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(CapMs, FirstMs * Math.Pow(2, Math.Min(failures, 16))));
}
