using Hangfire.Common;

namespace PyTake.Jobs;

/// <summary>
/// The names under which job classes are stored. Nodes of the previous version, which may run beside this one's during a rollout, know
/// the classes by their former namespace, and jobs that they stored carry those names.
/// </summary>
internal static class StoredTypes
{
    private static readonly (Type Type, string Name)[] Names =
    [
        (typeof(RecurringJob), "PyTake.Hangfire.RecurringJob, PyTake.Hangfire"),
        (typeof(FailedItemJob), "PyTake.Hangfire.FailedItemJob, PyTake.Hangfire"),
    ];

    /// <summary>Applies to the whole process, which may run several nodes of one version.</summary>
    public static void Use() => (TypeHelper.CurrentTypeSerializer, TypeHelper.CurrentTypeResolver) = (NameOf, TypeOf);

    private static string NameOf(Type type)
        => Array.Find(Names, known => known.Type == type).Name ?? TypeHelper.SimpleAssemblyTypeSerializer(type);

    // Former versions stored the assembly's version as well.
    private static Type TypeOf(string name)
        => Array.Find(Names, known => name == known.Name || name.StartsWith(known.Name + ",", StringComparison.Ordinal)).Type
            ?? TypeHelper.IgnoredAssemblyVersionTypeResolver(name);
}
