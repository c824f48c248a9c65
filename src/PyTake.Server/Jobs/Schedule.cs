
namespace PyTake.Jobs;

/// <summary>Pauses as Hangfire wants them.</summary>
internal static class Schedule
{
    /// <summary>The cron expression of something that is done every so often.</summary>
    /// <exception cref="ArgumentException">Cron has none: it is no whole number of seconds, minutes or hours that divides the next unit.</exception>
    public static string Cron(Recurring work) => work.Every switch
    {
        { TotalSeconds: var seconds } when Divides(seconds, 60) => $"*/{seconds} * * * * *",
        { TotalMinutes: var minutes } when Divides(minutes, 60) => $"*/{minutes} * * * *",
        { TotalHours: var hours } when Divides(hours, 24) => $"0 */{hours} * * *",
        { TotalDays: 1 } => "0 0 * * *",
        _ => throw new ArgumentException($"The recurring work '{work.Name}' has a pause that no schedule has: {work.Every}", nameof(work)),
    };

    private static bool Divides(double count, int unit) => count >= 1 && count < unit && count % 1 == 0 && unit % count == 0;
}
