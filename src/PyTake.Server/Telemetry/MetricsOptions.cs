using System.ComponentModel.DataAnnotations;

namespace PyTake.Telemetry;

/// <summary>Section <c>Operations</c>: the metrics that operators read from a node.</summary>
internal sealed class MetricsOptions
{
    public const string Section = "Operations";

    /// <summary>
    /// The separate address that serves <c>/metrics</c>: <c>http://127.0.0.1:9464</c>, or <c>http://*:9464</c> in a private network.
    /// Empty: metrics are not served.
    /// </summary>
    [RegularExpression(@"^http://(\*|\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}/?$", ErrorMessage = "must be an address like http://127.0.0.1:9464")]
    public string MetricsUrl { get; set; } = "";

    /// <summary>How often the backlog is read from the database, for the metrics.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(5);
}
