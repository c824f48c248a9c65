using System.Net.WebSockets;

namespace PyTake.SocketIo.Engine;

/// <summary>What hears a session's messages, one at a time.</summary>
internal interface IEngineListener
{
    /// <param name="text">Without the packet's type; valid UTF-8. Its memory is somebody else's afterwards.</param>
    /// <exception cref="InvalidPacketException">The client does not speak what this expects; its session ends.</exception>
    ValueTask OnTextAsync(ReadOnlyMemory<byte> text);

    /// <inheritdoc cref="OnTextAsync"/>
    ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data);

    /// <summary>Called once, when nothing goes out any more and nothing comes in.</summary>
    void OnClosed();

    /// <summary>Whether the client took too long for something.</summary>
    bool IsOverdue(long now);
}

/// <summary>
/// One client of Engine.IO, over the polls and the WebSocket it may change to. Packets leave in the order they were written: at once
/// where the WebSocket takes them, else they wait for it or for the next poll. Nothing here waits for the client but
/// <see cref="WriteAsync"/>, once more than <see cref="Room"/> waits. A session has no timer: <see cref="EngineSessions"/> looks after all.
/// </summary>
internal sealed class EngineSession(string id, EngineSessions sessions)
{
    // As much as a SignalR connection's pipe takes before its writers wait.
    private const int Room = 64 * 1024;
    private static readonly TimeSpan ProbingPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Overtaking = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private State _state;
    private WebSocket? _socket;
    private WebSocket? _probe;
    private bool _sending;
    private bool _posting;
    private TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<byte>>>? _poll;
    private TaskCompletionSource? _pollComes;
    private List<ReadOnlyMemory<byte>>? _waiting;
    private int _waitingBytes;
    private long _takenAt;
    private TaskCompletionSource? _room;
    private long _beatAt = sessions.Time.GetTimestamp() + sessions.PingInterval;
    private bool _pinged;
    private long _deadline;

    private enum State { Polling, Probing, WebSocket, Closing, Closed }

    /// <summary>The secret that each of the client's requests carries.</summary>
    public string Id => id;

    public IEngineListener Listener { get; set; } = null!;

    /// <summary>Whether it still takes and gives messages.</summary>
    public bool IsOpen => _state < State.Closing;

    /// <summary>What waits for a poll or the WebSocket; never more than <see cref="Room"/> and what one write brought.</summary>
    public int WaitingBytes => Volatile.Read(ref _waitingBytes);

    /// <summary>Whether nothing is left to say either.</summary>
    public bool IsOver => _state == State.Closed;

    /// <summary>Packets with their separators, to the client. The memory is kept as it is until they are gone: nobody may change it.</summary>
    /// <returns>Completes when there is room for more.</returns>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> packets)
    {
        WebSocket? idle = null;
        Task? room = null;
        lock (_lock)
        {
            if (!IsOpen) return default;
            if (!_sending && _waiting is null) _takenAt = sessions.Time.GetTimestamp();
            if (_state == State.WebSocket && !_sending) (idle, _sending) = (_socket, true);
            else
            {
                (_waiting ??= []).Add(packets);
                _waitingBytes += packets.Length;
                if (_poll is not null) AnswerPollLocked();
                if (_waitingBytes > Room) room = (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
        if (idle is not null) _ = SendAsync(idle, packets);
        return room is null ? default : new(room);
    }

    /// <summary>Lets those go on who wait for room.</summary>
    public void ReleaseWriters()
    {
        lock (_lock) ReleaseWritersLocked();
    }

    /// <summary>Ends it once the client has got what was written so far. The client is told that the line ends, and comes back.</summary>
    public void Close()
    {
        WebSocket? idle = null, probe;
        var over = false;
        lock (_lock)
        {
            if (!IsOpen) return;
            var wasWebSocket = _state == State.WebSocket;
            _state = State.Closing;
            _deadline = sessions.Time.GetTimestamp() + sessions.ClosingTimeout;
            (probe, _probe) = (_probe, null);
            ReleaseWritersLocked();
            if (wasWebSocket && !_sending) (idle, _sending) = (_socket, true);
            else if (_poll is not null)
            {
                AnswerPollLocked();
                over = true;
            }
        }
        probe?.Abort();
        Listener.OnClosed();
        if (idle is not null) _ = SendAsync(idle, default);
        if (over) End(default);
    }

    /// <summary>Ends it now.</summary>
    public void Abort()
    {
        End(EnginePacket.Closing);
        _socket?.Abort();
    }

    /// <summary>Ends it because the client did, or said what the protocol does not know.</summary>
    /// <param name="lastWord">To a poll that waits.</param>
    public void End(ReadOnlyMemory<byte> lastWord)
    {
        WebSocket? probe;
        bool told;
        lock (_lock)
        {
            if (_state == State.Closed) return;
            told = _state == State.Closing;
            _state = State.Closed;
            (probe, _probe) = (_probe, null);
            _poll?.TrySetResult([lastWord]);
            (_poll, _waiting, _waitingBytes) = (null, null, 0);
            ReleaseWritersLocked();
        }
        sessions.Remove(this);
        probe?.Abort();
        if (!told) Listener.OnClosed();
    }

    /// <summary>A packet of the client's, without its separator.</summary>
    /// <exception cref="InvalidPacketException">The protocol does not know it.</exception>
    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> packet)
    {
        if (packet.IsEmpty) throw new InvalidPacketException("An empty packet");
        switch (packet.Span[0])
        {
            case EnginePacket.Message:
                await Listener.OnTextAsync(packet[1..]);
                break;
            case EnginePacket.Pong:
                Beat();
                break;
            case EnginePacket.Close:
                End(EnginePacket.Nothing);
                break;
            case EnginePacket.Upgrade or EnginePacket.Noop:
                break;
            default:
                throw new InvalidPacketException("A packet of no known type");
        }
    }

    // --- polling ---

    /// <summary>The client asks for what there is for it.</summary>
    /// <param name="packets">What to answer, when there is something.</param>
    /// <returns>Why not.</returns>
    public EngineError? TryPoll(out Task<IReadOnlyList<ReadOnlyMemory<byte>>> packets)
    {
        packets = null!;
        LookAfter(sessions.Time.GetTimestamp());
        var over = false;
        lock (_lock)
        {
            if (_state == State.Closed) return EngineError.UnknownSession;
            if (_socket is not null) return EngineError.BadRequest;
            if (_poll is null)
            {
                _poll = new(TaskCreationOptions.RunContinuationsAsynchronously);
                packets = _poll.Task;
                _pollComes?.TrySetResult();
                over = _state == State.Closing;
                if (over || _waiting is not null) AnswerPollLocked();
                else if (_state == State.Probing) _ = ReleasePollAsync();
            }
        }
        if (packets is null)
        {
            End(EnginePacket.Closing);
            return EngineError.BadRequest;
        }
        if (over) End(default);
        return null;
    }

    /// <summary>The client sends something; until <see cref="EndPost"/> it may not send more.</summary>
    /// <returns>Why not.</returns>
    public EngineError? TryPost()
    {
        LookAfter(sessions.Time.GetTimestamp());
        lock (_lock)
        {
            if (_state == State.Closed) return EngineError.UnknownSession;
            if (_socket is not null) return EngineError.BadRequest;
            if (!_posting)
            {
                _posting = true;
                return null;
            }
        }
        End(EnginePacket.Closing);
        return EngineError.BadRequest;
    }

    public void EndPost() => _posting = false;

    /// <summary>Gives a poll that the client began before a POST the time to come, where the POST overtook it on the way.</summary>
    public async Task PollComesAsync()
    {
        lock (_lock)
        {
            if (_poll is not null || !IsOpen) return;
            _pollComes = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        await Task.WhenAny(_pollComes.Task, Task.Delay(Overtaking, sessions.Time));
    }

    // --- the WebSocket ---

    /// <summary>Begins on a WebSocket, without polling first.</summary>
    public void Begin(WebSocket socket) => (_state, _socket) = (State.WebSocket, socket);

    /// <summary>The client tries whether a WebSocket gets through; polls go on until it says that it does.</summary>
    public bool TryProbe(WebSocket socket)
    {
        LookAfter(sessions.Time.GetTimestamp());
        lock (_lock)
        {
            if (_state != State.Polling) return false;
            (_state, _probe, _deadline) = (State.Probing, socket, sessions.Time.GetTimestamp() + sessions.UpgradeTimeout);
            return true;
        }
    }

    /// <summary>The WebSocket got through to here: the client waits for its poll's end before it changes.</summary>
    public void ReleasePoll()
    {
        lock (_lock)
            if (_poll is not null) AnswerPollLocked();
    }

    /// <summary>The client changes to the WebSocket.</summary>
    public bool TryUpgrade(WebSocket socket)
    {
        bool overlaps, send;
        ReadOnlyMemory<byte> first = default;
        lock (_lock)
        {
            if (_state != State.Probing || _probe != socket) return false;
            (_state, _socket, _probe) = (State.WebSocket, socket, null);
            if (_poll is not null) AnswerPollLocked();
            overlaps = _posting;
            send = _sending = TryTakeLocked(out first);
        }
        // What it posts is still on its way through here, and what comes on the WebSocket would overtake it.
        if (overlaps) Abort();
        else if (send) _ = SendAsync(socket, first);
        return true;
    }

    /// <summary>The WebSocket is not to be; polling goes on.</summary>
    public void EndProbe(WebSocket socket)
    {
        lock (_lock)
            if (_probe == socket) (_state, _probe) = (State.Polling, null);
    }

    // --- time ---

    /// <summary>Whatever is due: a ping, or the end of who took too long.</summary>
    public void LookAfter(long now)
    {
        bool isPing, isOver;
        WebSocket? probe = null;
        lock (_lock)
        {
            if (_state == State.Closed) return;
            if (_state == State.Probing && now >= _deadline) (_state, probe, _probe) = (State.Polling, _probe, null);
            isPing = IsOpen && !_pinged && now >= _beatAt;
            isOver = _state == State.Closing ? now >= _deadline : (_pinged && now >= _beatAt) || IsStuckLocked(now);
            if (isPing)
            {
                _pinged = true;
                // From when it was due, but a node that stood still must not take the client's silence for an answer.
                var isLate = now - _beatAt > sessions.PingTimeout / 2;
                _beatAt = (isLate ? now : _beatAt) + sessions.PingTimeout;
            }
        }
        probe?.Abort();
        if (isOver || Listener.IsOverdue(now)) Abort();
        else if (isPing) _ = WriteAsync(EnginePacket.Pinging);
    }

    // A client may answer pings, or say that it does, and take nothing of what it is sent.
    private bool IsStuckLocked(long now) => (_sending || _waiting is not null) && now - _takenAt >= sessions.PingTimeout;

    private void Beat()
    {
        lock (_lock) (_pinged, _beatAt) = (false, sessions.Time.GetTimestamp() + sessions.PingInterval);
    }

    // --- what waits ---

    private void AnswerPollLocked()
    {
        var answer = _waiting ?? [];
        if (_state == State.Closing) answer.Add(EnginePacket.Closing);
        if (answer.Count == 0) answer.Add(EnginePacket.Nothing);
        (_waiting, _waitingBytes) = (null, 0);
        _poll!.TrySetResult(answer);
        _poll = null;
        ReleaseWritersLocked();
    }

    private bool TryTakeLocked(out ReadOnlyMemory<byte> packets)
    {
        packets = default;
        if (_waiting is null) return false;
        packets = _waiting[0];
        _takenAt = sessions.Time.GetTimestamp();
        _waiting.RemoveAt(0);
        _waitingBytes -= packets.Length;
        if (_waiting.Count == 0) _waiting = null;
        if (_waitingBytes <= Room) ReleaseWritersLocked();
        return true;
    }

    private void ReleaseWritersLocked()
    {
        _room?.TrySetResult();
        _room = null;
    }

    // As the reference does: a client that probes asks again and again until it hears that it may change.
    private async Task ReleasePollAsync()
    {
        await Task.Delay(ProbingPoll, sessions.Time);
        ReleasePoll();
    }

    // Only one runs at a time (_sending). It completes at once as long as the client keeps up.
    private async Task SendAsync(WebSocket socket, ReadOnlyMemory<byte> packets)
    {
        try
        {
            bool isLast;
            do await WebSocketTransport.SendAsync(socket, packets);
            while (TryTake(out packets, out isLast));
            if (isLast) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception exception) when (WebSocketTransport.IsLost(exception))
        {
            Abort();
        }
    }

    private bool TryTake(out ReadOnlyMemory<byte> packets, out bool isLast)
    {
        lock (_lock)
        {
            isLast = false;
            if (TryTakeLocked(out packets)) return true;
            isLast = _state == State.Closing;
            _sending = isLast;
            return false;
        }
    }
}
