using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>Somebody who has a conversation open.</summary>
public sealed record Viewer(Guid UserId, string UserName);

/// <summary>
/// Who has which conversation open, on any node: each user once, however many tabs. Who is here is read off the rooms themselves. Nodes
/// tell one another what changed in numbered hints, so that a lost one is noticed and asked for, and what a node said is forgotten when
/// it has been silent for as long as presence lasts: it was killed, or Redis is away.
/// </summary>
/// <remarks>
/// Changes are gathered before they are told, longer the more there is to tell: a node's clients that all come back at once make a few
/// events in each room, not one for each of them.
/// </remarks>
public sealed class Viewers : NodeService
{
    /// <summary>Nobody reads more names than this; a room's event ends there.</summary>
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
    private readonly ConcurrentQueue<ViewersHint> _heard = new();

    // The loop's own.
    private readonly Dictionary<Guid, Viewer[]> _said = [];
    private readonly Dictionary<Guid, Viewer[]> _told = [];
    private long _number;
    private long _saidAt;
    private volatile bool _sayAll;
    private TimeSpan _pause = ShortestPause;

    /// <summary>Made once for a node.</summary>
    public Viewers(
        LocalFanOut local, ChatSockets sockets, NodeBus bus, NodeIdentity node, IOptions<RealtimeOptions> options, TimeProvider time,
        Supervisor supervisor) : base(supervisor)
    {
        (_local, _sockets, _bus, _time, _node, _lease) = (local, sockets, bus, time, node.Id, options.Value.PresenceLease);
        _elsewhere = new ViewersElsewhere(time, _lease);
        bus.Subscribe(Topic, Hear);
        bus.Restored += SayAll;
    }

    /// <summary>Somebody came into a conversation's room here: the others are told where that is news, the connection in any case. Waits for nothing.</summary>
    internal void Joined(LocalConnection connection, Guid conversationId)
    {
        _joined.Enqueue((connection, conversationId));
        Changed(conversationId);
    }

    /// <summary>Somebody went from a conversation's room here. Waits for nothing.</summary>
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
        _bus.Restored -= SayAll;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Say([], isFirst: true, isLast: true);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [TellAsync];

    private async Task TellAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (await _work.WaitAsync(_lease / 10, stoppingToken)) await Task.Delay(_pause, stoppingToken);
            var joined = TakeJoined();
            HashSet<Guid> changed = [.. joined.Select(room => room.Key)];
            HearOthers(changed);
            TellOthers(changed);
            _elsewhere.ForgetSilent(changed);
            Tell(changed, joined);
        }
    }

    private void SayAll()
    {
        _sayAll = true;
        _work.Set();
    }

    private void Hear(string text)
    {
        var hint = JsonSerializer.Deserialize<ViewersHint>(text, Wire.Options)!;
        if (hint.Node == _node) return;
        _heard.Enqueue(hint);
        _work.Set();
    }

    // Before anything is read: then everybody who joined is seen, and belongs to the room that is told.
    private ILookup<Guid, LocalConnection> TakeJoined()
    {
        var joined = new List<(LocalConnection Connection, Guid ConversationId)>();
        while (_joined.TryDequeue(out var join)) joined.Add(join);
        return joined.ToLookup(j => j.ConversationId, j => j.Connection);
    }

    private void HearOthers(HashSet<Guid> changed)
    {
        while (_heard.TryDequeue(out var hint))
        {
            if (hint.Asks == _node) _sayAll = true;
            else if (hint.Asks is null && !_elsewhere.Take(hint, changed)) Publish(new ViewersHint(_node, _number, [], Asks: hint.Node));
        }
    }

    private void TellOthers(HashSet<Guid> changed)
    {
        var news = new List<RoomViewers>();
        foreach (var conversation in _changed.Keys)
        {
            _changed.TryRemove(conversation, out _);
            changed.Add(conversation);
            var here = InOrder(Here(conversation));
            if (here.SequenceEqual(_said.GetValueOrDefault(conversation, []))) continue;
            if (here.Length > 0) _said[conversation] = here;
            else _said.Remove(conversation);
            news.Add(new RoomViewers(conversation, here));
        }
        if (_sayAll) SayWhole();
        else if (news.Count > 0) Say(news, isFirst: false, isLast: false);
        else if (_time.GetElapsedTime(_saidAt) >= _lease / 10) Publish(new ViewersHint(_node, _number, []));
    }

    private void SayWhole()
    {
        _sayAll = false;
        Say([.. _said.Select(s => new RoomViewers(s.Key, s.Value))], isFirst: true, isLast: true);
    }

    private void Say(IReadOnlyList<RoomViewers> rooms, bool isFirst, bool isLast)
    {
        RoomViewers[][] parts = rooms.Count > 0 ? [.. rooms.Chunk(RoomsPerHint)] : [[]];
        for (var i = 0; i < parts.Length; i++)
            Publish(new ViewersHint(_node, ++_number, parts[i], isFirst && i == 0, isLast && i == parts.Length - 1));
    }

    private void Publish(ViewersHint hint)
    {
        if (hint.Asks is null) _saidAt = _time.GetTimestamp();
        _bus.Publish(Topic, JsonSerializer.Serialize(hint, Wire.Options));
    }

    private void Tell(HashSet<Guid> changed, ILookup<Guid, LocalConnection> joined)
    {
        long names = 0;
        foreach (var conversation in changed)
        {
            var members = _local.CountIn(Rooms.Conversation(conversation));
            if (members == 0)
            {
                _told.Remove(conversation);
                continue;
            }
            Viewer[] now = [.. Of(conversation)];
            var isNews = !now.SequenceEqual(_told.GetValueOrDefault(conversation, []));
            if (!isNews && !joined.Contains(conversation)) continue;
            _told[conversation] = now;
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

    // On every node the same of however many.
    private static Viewer[] InOrder(IEnumerable<Viewer> viewers) => [.. viewers
        .DistinctBy(v => v.UserId).OrderBy(v => v.UserName, StringComparer.Ordinal).ThenBy(v => v.UserId).Take(Most)];
}
