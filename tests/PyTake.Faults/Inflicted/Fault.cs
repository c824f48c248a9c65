namespace PyTake.Faults.Inflicted;

/// <summary>
/// One way in which something goes wrong. A class in this folder with a constructor without parameters takes part; the invariants are checked
/// for it as for all others.
/// </summary>
/// <param name="name">What it is called on the command line and in the table.</param>
/// <param name="sentence">What it does.</param>
internal abstract class Fault(string name, string sentence)
{
    public string Name => name;
    public string Sentence => sentence;

    /// <summary>Whether the three-minute selection of infra/test has it.</summary>
    public virtual bool IsQuick => false;

    /// <summary>Whether another fault may happen at the same time: it touches no process.</summary>
    public virtual bool IsCompanion => false;

    /// <summary>What users may feel of it.</summary>
    public virtual Promise Promise => Promise.Nothing;

    /// <summary>Why it cannot be done on this machine; null where it can.</summary>
    public virtual string? Hindrance(Scene scene) => null;

    /// <summary>Does the harm, and undoes it: when this ends, all parts run again.</summary>
    public abstract Task InflictAsync(Scene scene, CancellationToken cancellationToken);

    /// <summary>All there are, in the order of their names' files.</summary>
    public static IReadOnlyList<Fault> All { get; } =
        [.. typeof(Fault).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fault)) && type.GetConstructor(Type.EmptyTypes) is not null)
            .OrderBy(type => type.Name, StringComparer.Ordinal).Select(type => (Fault)Activator.CreateInstance(type)!)];
}

/// <summary>What is promised of a fault beyond the invariants; null where nothing is.</summary>
/// <param name="Silence">The longest that a consumer may hear nothing.</param>
/// <param name="Convergence">How soon after the end of the fault everybody must show what was acknowledged before.</param>
/// <param name="Delay">The longest that a message may take from its webhook's 200 to a consumer.</param>
/// <param name="Errors">How many REST calls may fail.</param>
internal sealed record Promise(TimeSpan? Silence = null, TimeSpan? Convergence = null, TimeSpan? Delay = null, int? Errors = null)
{
    public static readonly Promise Nothing = new();
}
