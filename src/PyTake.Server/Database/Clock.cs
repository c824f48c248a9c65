namespace PyTake.Database;

internal static class Clock
{
    /// <summary>The current time in microseconds, PostgreSQL's precision, so that an event equals the row read later.</summary>
    public static DateTime UtcNow(this TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
    }
}
