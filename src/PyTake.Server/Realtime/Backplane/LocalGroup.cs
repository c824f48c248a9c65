using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// A group's members on this node. Writing takes no lock: the array of members is replaced as a whole, under
/// <see cref="LocalFanOut"/>'s lock. A conversation's room is a group that also keeps its events in order (<see cref="RoomStream"/>).
/// </summary>
internal class LocalGroup(string name, BackplaneMetrics metrics)
{
    private volatile LocalConnection[] _members = [];

    public string Name => name;

    public int Count => _members.Length;

    /// <summary>The current members; callers must not change the array.</summary>
    public LocalConnection[] Members => _members;

    /// <summary>Completes when the group receives what other nodes send and, for a conversation's room, its stream has started.</summary>
    public Task Opened { get; set; } = Task.CompletedTask;

    public void Add(LocalConnection connection) => _members = [.. _members, connection];

    public void Remove(LocalConnection connection) => _members = [.. _members.Where(m => m != connection)];

    /// <summary>Delivers an event that this or another node sent to the group.</summary>
    /// <param name="arguments">As JSON, separated by commas.</param>
    /// <param name="seq">Its number in a conversation's stream, or 0.</param>
    public virtual void Deliver(string method, ReadOnlyMemory<byte> arguments, long seq) => Write(new HubFrame(method, arguments));

    /// <summary>Writes to every member, and waits for none.</summary>
    /// <param name="except">A connection that does not receive it.</param>
    public void Write(HubFrame frame, string? except = null)
    {
        var members = _members;
        foreach (var member in members)
            if (except is null || member.Id != except)
                member.Write(frame);
        metrics.Delivered(members.Length * frame.Count);
    }
}
