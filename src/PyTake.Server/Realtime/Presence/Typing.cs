using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Knows who is typing in which conversation. Nodes tell one another, and each notifies the members of its own rooms when a user starts
/// or stops. Users who have not been heard from for a while are dropped, so that a killed node leaves nobody typing indefinitely.
/// </summary>
public sealed class Typing : NodeService
{
    // Clients repeat the start with every key; it is passed on to other nodes at most this often.
    private static readonly TimeSpan RepeatPause = TimeSpan.FromSeconds(1);

    // Each start is sent to everyone in the room. No honest user starts more often than this for long.
    internal const int BeginningsPerSecond = 5, BeginningsBurst = 20;

    private readonly LocalFanOut _local;
    private readonly ChatSockets _sockets;
    private readonly NodeBus _bus;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ConcurrentDictionary<(Guid Conversation, string Connection), Typist> _typists = new();
    private readonly Signal _begun = new();

    /// <summary>One instance per node.</summary>
    public Typing(LocalFanOut local, ChatSockets sockets, NodeBus bus, IOptions<RealtimeOptions> options, TimeProvider time, Supervisor supervisor)
        : base(supervisor)
    {
        (_local, _sockets, _bus, _time, _timeout) = (local, sockets, bus, time, options.Value.TypingTimeout);
        bus.Subscribe(TypingHint.Topic, OnMessage);
    }

    /// <summary>The connection's user is typing in a conversation. Starts beyond the limit are ignored; the client's next one counts again.</summary>
    /// <exception cref="HubException">The connection has not joined it, or its user may only read.</exception>
    public void Start(ChatSocket socket, Guid conversationId)
    {
        DemandMember(socket, conversationId);
        if (socket.User.Role == Role.Viewer) throw HubErrors.Forbidden("Viewers may not write");
        if (_typists.TryGetValue((conversationId, socket.Id), out var known))
        {
            known.ReceivedAt = _time.GetTimestamp();
            if (_time.GetElapsedTime(known.PublishedAt) < RepeatPause) return;
        }
        else if (socket.Beginnings.Begin() != CallVerdict.Allowed)
        {
            return;
        }
        Publish(socket, conversationId, typing: true);
    }

    /// <summary>The connection's user stopped typing.</summary>
    /// <exception cref="HubException">The connection has not joined the conversation.</exception>
    public void Stop(ChatSocket socket, Guid conversationId)
    {
        DemandMember(socket, conversationId);
        StopIfTyping(socket, conversationId);
    }

    /// <summary>Call when the connection left a conversation.</summary>
    public void StopIfTyping(ChatSocket socket, Guid conversationId)
    {
        if (_typists.ContainsKey((conversationId, socket.Id))) Publish(socket, conversationId, typing: false);
    }

    /// <summary>Call when the connection ended.</summary>
    public void StopAll(ChatSocket socket)
    {
        foreach (var conversation in socket.Rooms) StopIfTyping(socket, conversation);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [ExpireAsync];

    private async Task ExpireAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromMilliseconds(Math.Min(250, _timeout.TotalMilliseconds / 4));
        while (true)
        {
            await _begun.WaitAsync(_typists.IsEmpty ? Timeout.InfiniteTimeSpan : pause, stoppingToken);
            foreach (var (key, typist) in _typists)
                if (_time.GetElapsedTime(typist.ReceivedAt) >= typist.Timeout)
                    Expire(key, typist);
        }
    }

    private static void DemandMember(ChatSocket socket, Guid conversationId)
    {
        if (!socket.IsIn(conversationId)) throw HubErrors.Forbidden("Join the conversation first");
    }

    private void Publish(ChatSocket socket, Guid conversationId, bool typing) => _bus.Publish(TypingHint.Topic, JsonSerializer.Serialize(
        new TypingHint(conversationId, socket.Id, socket.User.UserId, socket.User.FullName, typing), Wire.Options));

    private void OnMessage(string text)
    {
        var hint = JsonSerializer.Deserialize<TypingHint>(text, Wire.Options)!;
        var key = (hint.ConversationId, hint.ConnectionId);
        if (!hint.Typing)
        {
            if (_typists.TryRemove(key, out var gone)) Announce(gone.Who, typing: false);
            return;
        }
        var isOurs = _sockets.Find(hint.ConnectionId) is not null;
        if (!isOurs && _local.CountIn(Rooms.Conversation(hint.ConversationId)) == 0) return;

        var now = _time.GetTimestamp();
        if (_typists.TryGetValue(key, out var known)) (known.ReceivedAt, known.PublishedAt) = (now, now);
        else if (_typists.TryAdd(key, new Typist(hint, isOurs ? _timeout : _timeout + 1.5 * RepeatPause) { ReceivedAt = now, PublishedAt = now }))
        {
            _begun.Set();
            Announce(hint, typing: true);
        }
    }

    private void Expire((Guid Conversation, string Connection) key, Typist typist)
    {
        if (_sockets.Find(key.Connection) is { } socket) Publish(socket, key.Conversation, typing: false);
        else if (_typists.TryRemove(key, out _)) Announce(typist.Who, typing: false);
    }

    private void Announce(TypingHint who, bool typing) => _local.Send(
        Rooms.Conversation(who.ConversationId), ChatEvents.UserTyping,
        new TypingEvent(who.ConversationId, who.UserId, who.UserName, typing), except: who.ConnectionId);

    private sealed class Typist(TypingHint who, TimeSpan timeout)
    {
        public TypingHint Who => who;
        public TimeSpan Timeout => timeout;
        public long ReceivedAt { get; set; }
        public long PublishedAt { get; set; }
    }
}
