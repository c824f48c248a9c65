namespace PyTake.Faults.Inflicted;

/// <summary>
/// One way in which something goes wrong. Every derived class with a parameterless constructor is run, and the invariants are checked for it as
/// for all others.
/// </summary>
/// <param name="name">Its name on the command line.</param>
/// <param name="sentence">What it does, for the table.</param>
internal abstract class Fault(string name, string sentence)
{
    public string Name => name;
    public string Sentence => sentence;

    /// <summary>Whether it is in the short selection of infra/test.</summary>
    public virtual bool IsQuick => false;

    /// <summary>Whether it may be combined with another fault, because it touches no process.</summary>
    public virtual bool IsCompanion => false;

    /// <summary>How much of it users may notice.</summary>
    public virtual Promise Promise => Promise.Nothing;

    /// <summary>Why it cannot be run on this machine; null if it can.</summary>
    public virtual string? Hindrance(Scene scene) => null;

    /// <summary>Causes the fault and undoes it: when this returns, all parts are running again.</summary>
    public abstract Task InflictAsync(Scene scene, CancellationToken cancellationToken);

    /// <summary>All faults, ordered by class name.</summary>
    public static IReadOnlyList<Fault> All { get; } =
        [.. typeof(Fault).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fault)) && type.GetConstructor(Type.EmptyTypes) is not null)
            .OrderBy(type => type.Name, StringComparer.Ordinal).Select(type => (Fault)Activator.CreateInstance(type)!)];
}

/// <summary>What is promised under a fault beyond the invariants; null where nothing is promised.</summary>
/// <param name="Silence">The longest that a consumer may receive nothing.</param>
/// <param name="Convergence">How soon after the end of the fault all consumers must show what was acknowledged before it.</param>
/// <param name="Delay">The longest that a message may take from its webhook's 200 to a consumer.</param>
/// <param name="Errors">How many REST calls may fail.</param>
internal sealed record Promise(TimeSpan? Silence = null, TimeSpan? Convergence = null, TimeSpan? Delay = null, int? Errors = null)
{
    public static readonly Promise Nothing = new();
}
