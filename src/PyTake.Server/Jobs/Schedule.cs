
namespace PyTake.Jobs;

/// <summary>Converts pauses to Hangfire's cron expressions.</summary>
internal static class Schedule
{
    /// <summary>The cron expression for recurring work.</summary>
    /// <exception cref="ArgumentException">The pause is not a whole number of seconds, minutes or hours that divides the next unit.</exception>
    public static string Cron(Recurring work) => work.Every switch
    {
        { TotalSeconds: var seconds } when Divides(seconds, 60) => $"*/{seconds} * * * * *",
        { TotalMinutes: var minutes } when Divides(minutes, 60) => $"*/{minutes} * * * *",
        { TotalHours: var hours } when Divides(hours, 24) => $"0 */{hours} * * *",
        { TotalDays: 1 } => "0 0 * * *",
        _ => throw new ArgumentException($"The recurring work '{work.Name}' has a pause that cron cannot express: {work.Every}", nameof(work)),
    };

    private static bool Divides(double count, int unit) => count >= 1 && count < unit && count % 1 == 0 && unit % count == 0;
}
