namespace PyTake.Faults.Consumers;

/// <summary>One agent's browser with some open conversations, and what it shows; its client runs in a <see cref="ConsumerHost"/>.</summary>
/// <param name="cut">Cuts its network for a while.</param>
internal sealed class Consumer(string name, IEnumerable<Guid> rooms, Func<TimeSpan, CancellationToken, Task> cut)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, ConversationView> _conversations = rooms.ToDictionary(id => id, id => new ConversationView(id));
    private readonly ListView _list = new();
    private readonly List<string> _foreign = [], _broken = [];

    public string Name => name;

    public IEnumerable<Guid> Rooms => _conversations.Keys;

    /// <summary>Measures how long it received no change.</summary>
    public SilenceMeter Silence { get; } = new();

    /// <summary>Connections that were lost.</summary>
    public int Drops { get; private set; }

    /// <summary>What it shows now.</summary>
    public Shown Shown()
    {
        lock (_lock) return new Shown(name, [.. _conversations.Values.Select(view => view.Copy())], _list.Copy(), [.. _foreign]) { Broken = [.. _broken] };
    }

    /// <summary>Cuts its network for this long.</summary>
    public Task CutAsync(TimeSpan duration, CancellationToken cancellationToken) => cut(duration, cancellationToken);

    public void Add(Observation observation)
    {
        lock (_lock)
            switch (observation.Kind)
            {
                case ObservationKind.Dropped: Drops++; break;
                case ObservationKind.Foreign: _foreign.Add(observation.Text); break;
                case ObservationKind.Broken: _broken.Add(observation.Text); break;
                case ObservationKind.Listed: _list.Show(observation); break;
                default: _conversations[observation.Conversation].Show(observation); break;
            }
        if (observation.Kind <= ObservationKind.Listed) Silence.Record(observation.At);
    }
}
