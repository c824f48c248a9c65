using Hangfire.Dashboard;
using static System.FormattableString;

namespace PyTake.Jobs;

/// <summary>Figures on the dashboard's first page, which refreshes them every two seconds.</summary>
internal static class DashboardMetricsOfWork
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    public static readonly DashboardMetric Waiting = Of("waiting", "Items waiting", figures => new(figures.Waiting));

    public static readonly IReadOnlyList<DashboardMetric> All =
    [
        Of("items-a-minute", "Items a minute", figures => figures.ItemsAMinute is { } rate
            ? new((long)Math.Round(rate)) { Style = MetricStyle.Success }
            : Unknown()),
        Waiting,
        Of("oldest", "Oldest waits for", figures => new(Age(figures.Oldest)) { Style = figures.Oldest > Late ? MetricStyle.Danger : MetricStyle.Default }),
        Of("deferred", "Deferred", figures => new(figures.Deferred) { Style = figures.Deferred > 0 ? MetricStyle.Warning : MetricStyle.Default }),
        Of("dead-lettered", "Dead-lettered", figures => new(figures.DeadLettered)
        {
            Style = figures.DeadLettered > 0 ? MetricStyle.Danger : MetricStyle.Default,
        }),
        Of("to-send", "Messages to send", figures => new(figures.ToSend)),
    ];

    /// <summary>An age for people to read: 0.4 s, 12 s, 3 min, 5 h.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 10 } => Invariant($"{Math.Max(0, age.TotalSeconds):0.0} s"),
        { TotalMinutes: < 2 } => Invariant($"{age.TotalSeconds:0} s"),
        { TotalHours: < 2 } => Invariant($"{age.TotalMinutes:0} min"),
        _ => Invariant($"{age.TotalHours:0} h"),
    };

    private static DashboardMetric Of(string name, string title, Func<WorkFigures, Metric> read)
        => new($"pytake:{name}", title, page => page.Figures() is { } figures ? read(figures) : Unknown());

    private static Metric Unknown() => new("–");
}
