using System.Net.WebSockets;

namespace PyTake.SocketIo.Engine;

/// <summary>Receives a session's messages, one at a time.</summary>
internal interface IEngineListener
{
    /// <param name="text">Valid UTF-8, without the packet's type. Its memory is reused once this completes.</param>
    /// <exception cref="InvalidPacketException">The client violated the protocol; its session ends.</exception>
    ValueTask OnTextAsync(ReadOnlyMemory<byte> text);

    /// <inheritdoc cref="OnTextAsync"/>
    ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data);

    /// <summary>Called once, when nothing more is sent or received.</summary>
    void OnClosed();

    /// <summary>Whether the client has exceeded a time limit of the listener's.</summary>
    bool IsOverdue(long now);
}

/// <summary>
/// One client of Engine.IO, over long polling and the WebSocket it may upgrade to. Packets leave in the order they were written: at once
/// if the WebSocket is free, otherwise they wait for it or for the next poll. Only <see cref="WriteAsync"/> waits for the client, once
/// more than <see cref="Room"/> bytes are waiting. A session has no timer of its own: <see cref="EngineSessions"/> has one for all.
/// </summary>
internal sealed class EngineSession(string id, EngineSessions sessions)
{
    // As many bytes as the pipe of a SignalR connection accepts before its writers must wait.
    private const int Room = 64 * 1024;
    private static readonly TimeSpan ProbingPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OvertakenPollWait = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private State _state;
    private WebSocket? _socket;
    private WebSocket? _probe;
    private bool _sending;
    private bool _posting;
    private TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<byte>>>? _poll;
    private TaskCompletionSource? _pollArrived;
    private List<ReadOnlyMemory<byte>>? _waiting;
    private int _waitingBytes;
    private long _acceptedAt;
    private TaskCompletionSource? _room;
    private long _beatAt = sessions.Time.GetTimestamp() + sessions.PingInterval;
    private bool _pinged;
    private long _deadline;

    private enum State { Polling, Probing, WebSocket, Closing, Closed }

    /// <summary>The secret id that each of the client's requests carries.</summary>
    public string Id => id;

    public IEngineListener Listener { get; set; } = null!;

    /// <summary>Whether it still sends and receives messages.</summary>
    public bool IsOpen => _state < State.Closing;

    /// <summary>Bytes that wait for a poll or the WebSocket; at most <see cref="Room"/> plus one write.</summary>
    public int WaitingBytes => Volatile.Read(ref _waitingBytes);

    /// <summary>Whether it has ended and has nothing left to send.</summary>
    public bool IsOver => _state == State.Closed;

    /// <summary>Sends packets, with their separators, to the client. The memory is not copied, so the caller must not change it.</summary>
    /// <returns>Completes when there is room for more.</returns>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> packets)
    {
        WebSocket? idle = null;
        Task? room = null;
        lock (_lock)
        {
            if (!IsOpen) return default;
            if (!_sending && _waiting is null) _acceptedAt = sessions.Time.GetTimestamp();
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

    /// <summary>Releases writers that wait for room.</summary>
    public void ReleaseWriters()
    {
        lock (_lock) ReleaseWritersLocked();
    }

    /// <summary>Ends the session once what was written so far has been sent. The client sees the transport close, and reconnects.</summary>
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

    /// <summary>Ends the session at once.</summary>
    public void Abort()
    {
        End(EnginePacket.Closing);
        _socket?.Abort();
    }

    /// <summary>Ends the session because the client ended it or violated the protocol.</summary>
    /// <param name="lastPacket">Answers a waiting poll.</param>
    public void End(ReadOnlyMemory<byte> lastPacket)
    {
        WebSocket? probe;
        bool told;
        lock (_lock)
        {
            if (_state == State.Closed) return;
            told = _state == State.Closing;
            _state = State.Closed;
            (probe, _probe) = (_probe, null);
            _poll?.TrySetResult([lastPacket]);
            (_poll, _waiting, _waitingBytes) = (null, null, 0);
            ReleaseWritersLocked();
        }
        sessions.Remove(this);
        probe?.Abort();
        if (!told) Listener.OnClosed();
    }

    /// <summary>Handles a packet from the client, without its separator.</summary>
    /// <exception cref="InvalidPacketException">It violates the protocol.</exception>
    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> packet)
    {
        if (packet.IsEmpty) throw new InvalidPacketException("An empty packet");
        switch (packet.Span[0])
        {
            case EnginePacket.Message:
                await Listener.OnTextAsync(packet[1..]);
                break;
            case EnginePacket.Pong:
                SchedulePing();
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

    /// <summary>The client polls for packets.</summary>
    /// <param name="packets">Completes with the packets for the response once there are any.</param>
    /// <returns>Why the poll is refused; null if it is not.</returns>
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
                _pollArrived?.TrySetResult();
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

    /// <summary>The client posts packets; until <see cref="EndPost"/> it may not post again.</summary>
    /// <returns>Why the POST is refused; null if it is not.</returns>
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

    /// <summary>Waits briefly for a poll that the client sent before a POST, in case the POST overtook it on the way.</summary>
    public async Task PollComesAsync()
    {
        lock (_lock)
        {
            if (_poll is not null || !IsOpen) return;
            _pollArrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        await Task.WhenAny(_pollArrived.Task, Task.Delay(OvertakenPollWait, sessions.Time));
    }

    // --- the WebSocket ---

    /// <summary>Starts the session on a WebSocket, without polling first.</summary>
    public void Begin(WebSocket socket) => (_state, _socket) = (State.WebSocket, socket);

    /// <summary>The client probes whether a WebSocket gets through; polling goes on until it confirms that.</summary>
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

    /// <summary>The probe succeeded: answers the current poll, because the client waits for its end before it upgrades.</summary>
    public void ReleasePoll()
    {
        lock (_lock)
            if (_poll is not null) AnswerPollLocked();
    }

    /// <summary>The client upgrades to the WebSocket.</summary>
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
        // A POST is still being handled, and packets on the WebSocket would overtake its packets.
        if (overlaps) Abort();
        else if (send) _ = SendAsync(socket, first);
        return true;
    }

    /// <summary>The probe failed; polling goes on.</summary>
    public void EndProbe(WebSocket socket)
    {
        lock (_lock)
            if (_probe == socket) (_state, _probe) = (State.Polling, null);
    }

    // --- time ---

    /// <summary>Does what is due: sends a ping, or ends a probe or session that timed out.</summary>
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
                // Counted from when the ping was due, unless the node itself was hung: it must not mistake its own delay for the client's silence.
                var isLate = now - _beatAt > sessions.PingTimeout / 2;
                _beatAt = (isLate ? now : _beatAt) + sessions.PingTimeout;
            }
        }
        probe?.Abort();
        if (isOver || Listener.IsOverdue(now)) Abort();
        else if (isPing) _ = WriteAsync(EnginePacket.Pinging);
    }

    // A client may answer pings and still accept nothing of what it is sent.
    private bool IsStuckLocked(long now) => (_sending || _waiting is not null) && now - _acceptedAt >= sessions.PingTimeout;

    private void SchedulePing()
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
        _acceptedAt = sessions.Time.GetTimestamp();
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

    // As the reference implementation does: while probing, polls are answered repeatedly until the client can upgrade.
    private async Task ReleasePollAsync()
    {
        await Task.Delay(ProbingPoll, sessions.Time);
        ReleasePoll();
    }

    // Only one runs at a time (_sending). It completes synchronously as long as the client keeps up.
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
