using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// A group's members on this node. Writing takes no lock: members are replaced as a whole, by one thread at a time
/// (<see cref="LocalFanOut{THub}"/>'s lock).
/// </summary>
internal sealed class LocalGroup(string name, BackplaneMetrics metrics)
{
    private volatile LocalConnection[] _members = [];

    public string Name => name;

    public int Count => _members.Length;

    /// <summary>As they are now; not to be changed.</summary>
    public LocalConnection[] Members => _members;

    /// <summary>Where the group is a conversation's room: hands its events out in order.</summary>
    public RoomStream? Stream { get; set; }

    /// <summary>Completes when the group hears other nodes.</summary>
    public Task Opened { get; set; } = Task.CompletedTask;

    public void Add(LocalConnection connection) => _members = [.. _members, connection];

    public void Remove(LocalConnection connection) => _members = [.. _members.Where(m => m != connection)];

    /// <summary>An event from this node or another.</summary>
    public void Deliver(HubFrame frame, IReadOnlyCollection<string> excluded)
    {
        if (frame.Seq > 0 && Stream is { } stream) stream.Accept(frame);
        else Write(frame, excluded);
    }

    public void Write(HubFrame frame, IReadOnlyCollection<string> excluded)
    {
        var members = _members;
        foreach (var member in members)
            if (excluded.Count == 0 || !excluded.Contains(member.Id))
                member.Write(frame);
        metrics.Delivered(members.Length * frame.Count);
    }
}
