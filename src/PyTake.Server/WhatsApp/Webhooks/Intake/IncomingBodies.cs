using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Bounds the memory of webhooks that are being received, of whom nobody knows yet who sent them. Large bodies share a limited number of bytes and wait for
/// them in order of arrival. Small ones, which nearly all are, share another until their signature is known, and do not wait. A body that comes slowly keeps
/// no room that others need: it is given up as soon as somebody lacks the room, and after a while in any case.
/// </summary>
internal sealed class IncomingBodies : IDisposable
{
    /// <summary>Bytes from which a body is large.</summary>
    public const int Large = 64 * 1024;

    // nginx hands over whole bodies, and Meta's come within a second.
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly LinkedList<Incoming> _unverified = [];
    private readonly ConcurrencyLimiter _room;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _smallBytes;
    private bool _isTicking;

    public IncomingBodies(IOptions<WebhookOptions> options, TimeProvider time)
    {
        (_options, _time) = (options.Value, time);
        _room = new(new()
        {
            PermitLimit = _options.LargeBodiesBytes,
            QueueLimit = _options.LargeBodiesBytes * 2,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Reserves room for a body; a large one waits if there is none.</summary>
    /// <param name="length">Bytes; null if unknown.</param>
    /// <param name="giveUp">Ends the request; called at most once, from any thread, and not after <see cref="Incoming.Verified"/>.</param>
    /// <param name="cancellationToken">Cancelled when the sender disconnects.</param>
    /// <returns>To be disposed of when the body is no longer needed; null if too many bytes are there or waiting already.</returns>
    public async ValueTask<Incoming?> EnterAsync(long? length, Action giveUp, CancellationToken cancellationToken)
    {
        var bytes = length ?? _options.MaxBodyBytes;
        // A body over the limit will be refused without being read.
        if (bytes > _options.MaxBodyBytes) return Begin(new(this, giveUp, 0, null));
        if (bytes <= Large) return TryReserve(bytes) ? Begin(new(this, giveUp, bytes, null)) : null;
        var lease = await RoomAsync((int)Math.Min(bytes, _options.LargeBodiesBytes), cancellationToken);
        if (lease.IsAcquired) return Begin(new(this, giveUp, 0, lease));
        lease.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _room.Dispose();
    }

    private async ValueTask<RateLimitLease> RoomAsync(int bytes, CancellationToken cancellationToken)
    {
        var waiting = _room.AcquireAsync(bytes, cancellationToken);
        if (waiting.IsCompleted) return await waiting;
        var acquired = waiting.AsTask();
        while (!acquired.IsCompleted)
        {
            GiveUp(Slow, body => body.HasRoom);
            await Task.WhenAny(acquired, Task.Delay(Slow / 4, _time, CancellationToken.None));
        }
        return await acquired;
    }

    private bool TryReserve(long bytes)
    {
        if (TryAdd()) return true;
        GiveUp(Slow, body => body.Bytes > 0);
        return TryAdd();

        bool TryAdd()
        {
            lock (_lock)
            {
                if (_smallBytes + bytes > _options.UnverifiedBytes) return false;
                _smallBytes += bytes;
                return true;
            }
        }
    }

    private Incoming Begin(Incoming body)
    {
        lock (_lock)
        {
            body.Place = _unverified.AddLast(body);
            if (!_isTicking) _timer.Change(Slow, Slow);
            _isTicking = true;
        }
        return body;
    }

    private void Tick()
    {
        GiveUp(Longest, _ => true);
        lock (_lock)
        {
            if (_unverified.Count > 0) return;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _isTicking = false;
        }
    }

    // The oldest come first.
    private void GiveUp(TimeSpan age, Func<Incoming, bool> which)
    {
        List<Incoming> slow = [];
        lock (_lock)
        {
            for (var place = _unverified.First; place is not null && _time.GetElapsedTime(place.Value.BeganAt) >= age; place = place.Next)
                if (which(place.Value)) slow.Add(place.Value);
            foreach (var body in slow)
            {
                body.IsGivenUp = true;
                Forget(body);
            }
        }
        foreach (var body in slow) body.GiveUp();
    }

    private void Forget(Incoming body)
    {
        if (body.Place is not { } place) return;
        body.Place = null;
        _unverified.Remove(place);
        _smallBytes -= body.Bytes;
    }

    /// <summary>A body that is being received.</summary>
    internal sealed class Incoming(IncomingBodies bodies, Action giveUp, long bytes, RateLimitLease? lease) : IDisposable
    {
        public long BeganAt { get; } = bodies._time.GetTimestamp();

        /// <summary>What it takes of the room of small ones.</summary>
        public long Bytes => bytes;

        /// <summary>Whether it has room among the large ones.</summary>
        public bool HasRoom => lease is not null;

        /// <summary>Whether it came too slowly.</summary>
        public bool IsGivenUp { get; set; }

        public LinkedListNode<Incoming>? Place { get; set; }

        /// <summary>It is here, and its signature is right: from now on it is not given up, and takes no room of those whose signature is not known.</summary>
        public void Verified()
        {
            lock (bodies._lock) bodies.Forget(this);
        }

        public void GiveUp() => giveUp();

        public void Dispose()
        {
            Verified();
            lease?.Dispose();
        }
    }
}
