using System.ComponentModel.DataAnnotations;
using PyTake.Hosting;

namespace PyTake.Realtime;

/// <summary>Settings for realtime connections and the events they receive.</summary>
public sealed class RealtimeOptions : IValidatableObject
{
    public const string Section = "Realtime";

    /// <summary>Sites whose pages may connect, as browsers spell them (https://inbox.example.com). None: only pages of the host itself.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>How long a room waits for a missing number before it reads the database: events of two nodes may overtake each other.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:01")]
    public TimeSpan HoleWait { get; set; } = TimeSpan.FromMilliseconds(30);

    /// <summary>How often rooms and lists are compared with the database.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan PositionCheck { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The same while Redis is unreachable, and shortly afterwards.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan PositionCheckAlone { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Most missed changes that are sent one by one; a client that missed more receives resync (CONTRACT, section 6).</summary>
    [Range(1, 500)]
    public int CatchUpLimit { get; set; } = 500;

    /// <summary>Least time between two flushes of an organization's list to its clients.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan InboxPauseMin { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Most time between two flushes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan InboxPauseMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>conversation:updated events a second that one organization may cost a node.</summary>
    [Range(1, 1_000_000)]
    public int InboxEventsPerSecond { get; set; } = 2000;

    /// <summary>Hub calls a second for one connection (CONTRACT, section 8).</summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecond { get; set; } = 100;

    /// <summary>Hub calls one connection may make in a burst.</summary>
    [Range(1, 1_000_000)]
    public int CallBurst { get; set; } = 200;

    /// <summary>Rooms one connection may be in.</summary>
    [Range(1, 1_000_000)]
    public int RoomsPerConnection { get; set; } = 500;

    /// <summary>How often nodes look for sessions that ended and rights that changed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:05")]
    public TimeSpan RightsCheck { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence after which a user no longer counts as typing.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan TypingTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a user stays online after their last connection, and a killed node's users after its last sign of life.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:05:00")]
    public TimeSpan PresenceLease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a node checks whether it has many more clients than its share.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan BalanceEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many clients a second it then moves to other nodes; 0 for none.</summary>
    [Range(0, 10_000)]
    public int BalancePerSecond { get; set; } = 25;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        => Settings.EachBroken(nameof(AllowedOrigins), AllowedOrigins, IsOrigin, "must be an origin like https://inbox.example.com");

    private static bool IsOrigin(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text;
}
