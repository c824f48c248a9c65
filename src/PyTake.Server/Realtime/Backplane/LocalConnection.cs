using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// A connection of this node, written to without waiting for its browser. Its backlog (what the browser has not received yet) is counted,
/// and a connection with too large a backlog is closed: it catches up when it reconnects, and no other connection is delayed.
/// </summary>
internal sealed class LocalConnection(HubConnectionContext context, BackplaneOptions limits, Action<LocalConnection> tooSlow)
{
    private int _waiting;
    private long _waitingBytes;
    private int _closed;
    private volatile CatchUpHold? _hold;

    public string Id => context.ConnectionId;

    public HubConnectionContext Context => context;

    /// <summary>Its groups; changed only under <see cref="LocalFanOut"/>'s lock.</summary>
    public List<LocalGroup> Groups { get; } = [];

    public void Write(HubFrame frame)
    {
        if (frame.Seq > 0 && _hold is { } hold && hold.TryHold(frame)) return;
        var message = frame.For(context.Protocol, out var bytes);
        var write = context.WriteAsync(message);
        if (!write.IsCompletedSuccessfully) _ = CountAsync(write, bytes);
    }

    /// <summary>Writes a frame for this connection alone, and waits until its browser accepts it.</summary>
    public ValueTask WriteAsync(HubFrame frame, CancellationToken cancellationToken)
        => context.WriteAsync(frame.For(context.Protocol, out _), cancellationToken);

    /// <summary>Holds back a stream's events until the earlier ones are written. Only one stream at a time.</summary>
    /// <param name="stream">A conversation, or the organization whose list it is.</param>
    public CatchUpHold Hold(Guid stream) => _hold = new CatchUpHold(stream, this);

    /// <summary>Bytes of its backlog, held events included. Never more than one frame over the limit, because the connection is then closed.</summary>
    internal long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    internal void EndHold() => _hold = null;

    /// <summary>Adds to the backlog.</summary>
    /// <returns>False if the connection is closed, now or before, because of its backlog; the frame need not be kept.</returns>
    internal bool AddToBacklog(int bytes)
    {
        var waiting = Interlocked.Increment(ref _waiting);
        var waitingBytes = Interlocked.Add(ref _waitingBytes, bytes);
        if (waiting > limits.BacklogMessages || (waitingBytes > limits.BacklogBytes && waiting > 1)) Close();
        return Volatile.Read(ref _closed) == 0;
    }

    /// <summary>Takes from the backlog what was written or dropped.</summary>
    internal void RemoveFromBacklog(int bytes)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingBytes, -bytes);
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        tooSlow(this);
        context.Abort();
        // SignalR's Abort alone would first wait for the browser, which reads nothing, to receive the close message.
        context.Features.Get<IConnectionLifetimeFeature>()?.Abort();
    }

    private async Task CountAsync(ValueTask write, int bytes)
    {
        AddToBacklog(bytes);
        try
        {
            await write;
        }
        catch
        {
            // The connection has ended; SignalR has closed it.
        }
        RemoveFromBacklog(bytes);
    }
}
