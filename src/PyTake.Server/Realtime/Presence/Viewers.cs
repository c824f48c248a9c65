using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>A user who has a conversation open.</summary>
public sealed record Viewer(Guid UserId, string UserName);

/// <summary>
/// Knows who has which conversation open, on any node: each user once, however many tabs. This node's viewers are the members of its
/// rooms. Nodes send one another changes in numbered hints, so that a receiver notices a lost one and asks for the full state. A node's
/// viewers are forgotten when it has been silent for a presence lease: it was killed, or Redis is unreachable.
/// </summary>
/// <remarks>
/// Changes are collected before they are sent, for longer the more there is to send: when a node's clients all reconnect at once, each
/// room gets a few events instead of one for each client.
/// </remarks>
public sealed class Viewers : NodeService
{
    /// <summary>Most viewers listed in an event; nobody reads more names.</summary>
    public const int Most = 100;

    internal const string Topic = "viewers";

    private const int RoomsPerHint = 200;
    private const int NamesPerSecond = 100_000;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly LocalFanOut _local;
    private readonly ChatSockets _sockets;
    private readonly NodeBus _bus;
    private readonly TimeProvider _time;
    private readonly Guid _node;
    private readonly TimeSpan _lease;
    private readonly ViewersElsewhere _elsewhere;
    private readonly Signal _work = new();
    private readonly ConcurrentDictionary<Guid, bool> _changed = new();
    private readonly ConcurrentQueue<(LocalConnection Connection, Guid ConversationId)> _joined = new();
    private readonly ConcurrentQueue<ViewersHint> _received = new();

    // Used by the loop only.
    private readonly Dictionary<Guid, Viewer[]> _published = [];
    private readonly Dictionary<Guid, Viewer[]> _sent = [];
    private long _number;
    private long _publishedAt;
    private volatile bool _fullStateDue;
    private TimeSpan _pause = ShortestPause;

    /// <summary>One instance per node.</summary>
    public Viewers(
        LocalFanOut local, ChatSockets sockets, NodeBus bus, NodeIdentity node, IOptions<RealtimeOptions> options, TimeProvider time,
        Supervisor supervisor) : base(supervisor)
    {
        (_local, _sockets, _bus, _time, _node, _lease) = (local, sockets, bus, time, node.Id, options.Value.PresenceLease);
        _elsewhere = new ViewersElsewhere(time, _lease);
        bus.Subscribe(Topic, OnMessage);
        bus.Restored += ScheduleFullState;
    }

    /// <summary>Call when a connection joined a conversation's room here. It gets the viewers; the others do if they changed. Waits for nothing.</summary>
    internal void Joined(LocalConnection connection, Guid conversationId)
    {
        _joined.Enqueue((connection, conversationId));
        Changed(conversationId);
    }

    /// <summary>Call when a connection left a conversation's room here. Waits for nothing.</summary>
    public void Changed(Guid conversationId)
    {
        _changed[conversationId] = true;
        _work.Set();
    }

    /// <summary>Who has a conversation open, in the order of their names.</summary>
    public IReadOnlyList<Viewer> Of(Guid conversationId) => InOrder(Here(conversationId).Concat(_elsewhere.In(conversationId)));

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _bus.Restored -= ScheduleFullState;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        PublishRooms([], isFirst: true, isLast: true);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [RunAsync];

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (await _work.WaitAsync(_lease / 10, stoppingToken)) await Task.Delay(_pause, stoppingToken);
            var joined = TakeJoined();
            HashSet<Guid> changed = [.. joined.Select(room => room.Key)];
            TakeHints(changed);
            PublishChanges(changed);
            _elsewhere.RemoveExpired(changed);
            SendToRooms(changed, joined);
        }
    }

    private void ScheduleFullState()
    {
        _fullStateDue = true;
        _work.Set();
    }

    private void OnMessage(string text)
    {
        var hint = JsonSerializer.Deserialize<ViewersHint>(text, Wire.Options)!;
        if (hint.Node == _node) return;
        _received.Enqueue(hint);
        _work.Set();
    }

    // Taken before the rooms are read, so that every connection taken is already a member of its room.
    private ILookup<Guid, LocalConnection> TakeJoined()
    {
        var joined = new List<(LocalConnection Connection, Guid ConversationId)>();
        while (_joined.TryDequeue(out var join)) joined.Add(join);
        return joined.ToLookup(j => j.ConversationId, j => j.Connection);
    }

    private void TakeHints(HashSet<Guid> changed)
    {
        while (_received.TryDequeue(out var hint))
        {
            if (hint.Asks == _node) _fullStateDue = true;
            else if (hint.Asks is null && !_elsewhere.Apply(hint, changed)) Publish(new ViewersHint(_node, _number, [], Asks: hint.Node));
        }
    }

    private void PublishChanges(HashSet<Guid> changed)
    {
        var news = new List<RoomViewers>();
        foreach (var conversation in _changed.Keys)
        {
            _changed.TryRemove(conversation, out _);
            changed.Add(conversation);
            var here = InOrder(Here(conversation));
            if (here.SequenceEqual(_published.GetValueOrDefault(conversation, []))) continue;
            if (here.Length > 0) _published[conversation] = here;
            else _published.Remove(conversation);
            news.Add(new RoomViewers(conversation, here));
        }
        if (_fullStateDue) PublishAll();
        else if (news.Count > 0) PublishRooms(news, isFirst: false, isLast: false);
        else if (_time.GetElapsedTime(_publishedAt) >= _lease / 10) Publish(new ViewersHint(_node, _number, []));
    }

    private void PublishAll()
    {
        _fullStateDue = false;
        PublishRooms([.. _published.Select(s => new RoomViewers(s.Key, s.Value))], isFirst: true, isLast: true);
    }

    private void PublishRooms(IReadOnlyList<RoomViewers> rooms, bool isFirst, bool isLast)
    {
        RoomViewers[][] parts = rooms.Count > 0 ? [.. rooms.Chunk(RoomsPerHint)] : [[]];
        for (var i = 0; i < parts.Length; i++)
            Publish(new ViewersHint(_node, ++_number, parts[i], isFirst && i == 0, isLast && i == parts.Length - 1));
    }

    private void Publish(ViewersHint hint)
    {
        if (hint.Asks is null) _publishedAt = _time.GetTimestamp();
        _bus.Publish(Topic, JsonSerializer.Serialize(hint, Wire.Options));
    }

    private void SendToRooms(HashSet<Guid> changed, ILookup<Guid, LocalConnection> joined)
    {
        long names = 0;
        foreach (var conversation in changed)
        {
            var members = _local.CountIn(Rooms.Conversation(conversation));
            if (members == 0)
            {
                _sent.Remove(conversation);
                continue;
            }
            Viewer[] now = [.. Of(conversation)];
            var isNews = !now.SequenceEqual(_sent.GetValueOrDefault(conversation, []));
            if (!isNews && !joined.Contains(conversation)) continue;
            _sent[conversation] = now;
            var frame = HubFrame.Of(ChatEvents.ConversationViewers, new ViewersEvent(conversation, now));
            if (isNews) _local.Send(Rooms.Conversation(conversation), frame);
            else foreach (var connection in joined[conversation]) connection.Write(frame);
            names += (isNews ? members : joined[conversation].Count()) * now.Length;
        }
        var pause = TimeSpan.FromSeconds((double)names / NamesPerSecond);
        _pause = pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }

    private IEnumerable<Viewer> Here(Guid conversationId)
        => from id in _local.MembersOf(Rooms.Conversation(conversationId))
           let user = _sockets.Find(id)?.User
           where user is not null
           select new Viewer(user.UserId, user.FullName);

    // Sorted before it is cut, so that every node lists the same users.
    private static Viewer[] InOrder(IEnumerable<Viewer> viewers) => [.. viewers
        .DistinctBy(v => v.UserId).OrderBy(v => v.UserName, StringComparer.Ordinal).ThenBy(v => v.UserId).Take(Most)];
}
