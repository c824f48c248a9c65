using System.Diagnostics;
using PyTake.Hosting;

namespace PyTake.Telemetry;

/// <summary>
/// The program's own spans. Work that continues elsewhere carries its trace context along, in a row or in memory, but only if the trace is
/// recorded: traces that nobody will see cost nothing.
/// </summary>
public static class Tracing
{
    /// <summary>The source's name.</summary>
    public const string Name = "PyTake";

    /// <summary>The source of all of the program's own spans.</summary>
    public static readonly ActivitySource Source = new(Name, ProgramVersion.Text);

    /// <summary>The context of the current span, for work that continues in memory; empty if it is not recorded.</summary>
    public static ActivityContext Here => Recorded?.Context ?? default;

    /// <summary>The same as text, to be stored (W3C Trace Context: traceparent); null if it is not recorded.</summary>
    public static string? Parent => Recorded?.Id;

    /// <summary>Parses a stored <see cref="Parent"/>; empty if there is none or it is invalid.</summary>
    public static ActivityContext Read(string? parent)
        => parent is not null && ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? context : default;

    /// <summary>Starts a span that continues a trace; the caller ends it.</summary>
    /// <returns>Null if there is no trace to continue, or no listener.</returns>
    public static Activity? Continue(string name, ActivityKind kind, ActivityContext parent, IEnumerable<ActivityLink>? links = null)
        => parent.TraceId != default && Source.HasListeners() ? Source.StartActivity(name, kind, parent, tags: null, links) : null;

    // Without a listener ASP.NET still creates an activity for its log, without a source but with the caller's recorded flag.
    private static Activity? Recorded => Activity.Current is { Recorded: true, Source.Name.Length: > 0 } current ? current : null;
}
