namespace PyTake.Database;

internal static class Clock
{
    /// <summary>Now, in the microseconds that PostgreSQL keeps: what is told at once equals what is read later.</summary>
    public static DateTime UtcNow(this TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
    }
}
