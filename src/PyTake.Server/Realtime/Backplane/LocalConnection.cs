using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// A connection of this node, written to without waiting for its browser. What a browser has not taken yet is counted, and a
/// connection that has too much of it is closed: it catches up when it is back, and the others never noticed.
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
    public HashSet<string> Groups { get; } = [];

    public void Write(HubFrame frame)
    {
        if (frame.Seq > 0 && _hold is { } hold && hold.TryHold(frame)) return;
        var message = frame.For(context.Protocol, out var bytes);
        var write = context.WriteAsync(message);
        if (!write.IsCompletedSuccessfully) _ = CountAsync(write, bytes);
    }

    /// <summary>Writes what was read for this connection alone, and waits for its browser.</summary>
    public ValueTask WriteAsync(HubFrame frame, CancellationToken cancellationToken)
        => context.WriteAsync(frame.For(context.Protocol, out _), cancellationToken);

    /// <summary>Holds back a conversation's events until what came before them is written. One conversation at a time.</summary>
    public CatchUpHold Hold(Guid conversationId) => _hold = new CatchUpHold(conversationId, this);

    /// <summary>Bytes that wait for its browser, here or in a hold. When they are too many it is closed, so never more than one frame over the limit.</summary>
    internal long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    internal void HoldsNothing() => _hold = null;

    /// <summary>Something waits for its browser.</summary>
    /// <returns>False where that is too much: then it is closed, and what waits is not to be kept.</returns>
    internal bool Waits(int bytes)
    {
        var waiting = Interlocked.Increment(ref _waiting);
        var waitingBytes = Interlocked.Add(ref _waitingBytes, bytes);
        if (waiting > limits.BacklogMessages || (waitingBytes > limits.BacklogBytes && waiting > 1)) Close();
        return Volatile.Read(ref _closed) == 0;
    }

    /// <summary>It waits no more.</summary>
    internal void Went(int bytes)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingBytes, -bytes);
    }

    // It does not keep up.
    private void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        tooSlow(this);
        context.Abort();
        // SignalR alone would wait for its goodbye to be taken, by the very browser that takes nothing.
        context.Features.Get<IConnectionLifetimeFeature>()?.Abort();
    }

    private async Task CountAsync(ValueTask write, int bytes)
    {
        Waits(bytes);
        try
        {
            await write;
        }
        catch
        {
            // The connection is over; SignalR has closed it.
        }
        Went(bytes);
    }
}
