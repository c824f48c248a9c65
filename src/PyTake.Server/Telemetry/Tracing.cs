using System.Diagnostics;
using PyTake.Hosting;

namespace PyTake.Telemetry;

/// <summary>
/// Spans of the program's own. Work that goes on elsewhere carries its trace along, in a row or in memory, but only where the trace is
/// recorded: nothing is made, kept or stored for traces that nobody will see.
/// </summary>
public static class Tracing
{
    /// <summary>The source's name.</summary>
    public const string Name = "PyTake";

    /// <summary>Where all spans of the program's own begin.</summary>
    public static readonly ActivitySource Source = new(Name, ProgramVersion.Text);

    /// <summary>The span that the caller is part of, for work that goes on in memory; none where it is not recorded.</summary>
    public static ActivityContext Here => Recorded?.Context ?? default;

    /// <summary>The same as text to be stored (W3C Trace Context: traceparent); null where it is not recorded.</summary>
    public static string? Parent => Recorded?.Id;

    /// <summary>What <see cref="Parent"/> was; none where there was none or it can't be read.</summary>
    public static ActivityContext Read(string? parent)
        => parent is not null && ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? context : default;

    /// <summary>Goes on with a trace; the caller ends the span.</summary>
    /// <returns>Null where there is no trace to go on with, or nobody listens.</returns>
    public static Activity? Continue(string name, ActivityKind kind, ActivityContext parent, IEnumerable<ActivityLink>? links = null)
        => parent.TraceId != default && Source.HasListeners() ? Source.StartActivity(name, kind, parent, tags: null, links) : null;

    // ASP.NET makes an activity for its log where nobody samples, of no source, and with the flag that the caller sent.
    private static Activity? Recorded => Activity.Current is { Recorded: true, Source.Name.Length: > 0 } current ? current : null;
}
