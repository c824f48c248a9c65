using System.Text;

namespace PyTake.Nodes;

/// <summary>Partitions keep one customer's updates in order while those of different customers run in parallel.</summary>
public static class Partitions
{
    /// <summary>How many there are. Stored rows carry their partition: changing this needs an empty queue.</summary>
    public const int Count = 64;

    /// <summary>All of them, as bits.</summary>
    public const ulong All = ulong.MaxValue;

    /// <summary>The partition of an identity (FNV-1a). Stored, so it must never change.</summary>
    public static short Of(string identity)
    {
        var hash = 2166136261u;
        foreach (var octet in Encoding.UTF8.GetBytes(identity)) hash = (hash ^ octet) * 16777619u;
        return (short)(hash % Count);
    }
}
