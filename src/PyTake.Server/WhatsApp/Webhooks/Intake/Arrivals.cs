using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Webhooks that were received and are not durable yet, in the order of arrival. The worker claims them and applies them in the transaction that
/// makes them durable; what it has not committed in time, or gives back, the writer stores. There is one claim at a time,
/// always of the oldest, so that the order is kept whichever of the two makes them durable.
/// </summary>
internal sealed class Arrivals : IDisposable
{
    private const int MostWaiting = 10_000;

    // After this, what the transaction of another node was in the way of is tried again. Most transactions take a few milliseconds.
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(3);

    private readonly Lock _lock = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly SemaphoreSlim _room = new(MostWaiting);
    private readonly Signal _overdue = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _bound;
    private readonly ITimer _timer;
    private Action? _wakeWorker;
    private Claim? _claim;
    private bool _isForWriter, _isCrowded, _isClosed;
    private long _since;

    public Arrivals(IOptions<WebhookOptions> options, TimeProvider time)
    {
        (_bound, _time) = (TimeSpan.FromMilliseconds(options.Value.DirectMs), time);
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many webhooks wait.</summary>
    public int Count
    {
        get { lock (_lock) return _deliveries.Count; }
    }

    /// <summary>
    /// Whether so much arrives that all of it is stored first: one insert, and large batches from the queue, cost less than many small transactions
    /// (infra/bench, load C).
    /// </summary>
    public bool IsCrowded
    {
        get { lock (_lock) return _isCrowded; }
        set
        {
            lock (_lock)
            {
                if (_isCrowded == value) return;
                _isCrowded = value;
                if (_claim is not null || _deliveries.Count == 0) return;
            }
            Wake();
        }
    }

    /// <summary>Returns when the items are on disk, or their effect is.</summary>
    /// <exception cref="Npgsql.NpgsqlException">They could not be stored, and the sender has to try again.</exception>
    /// <exception cref="ObjectDisposedException">The node stops.</exception>
    public async Task AddAsync(IReadOnlyList<WebhookItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0) return;
        await _room.WaitAsync(cancellationToken);
        try
        {
            var delivery = new Delivery(items, _time.GetTimestamp());
            Add(delivery);
            await delivery.Durable.Task;
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Lets a worker claim what arrives, until the result is disposed of.</summary>
    /// <param name="wake">Is called when there is something to claim; it must not block.</param>
    public IDisposable Attach(Action wake)
    {
        lock (_lock) _wakeWorker = _bound > TimeSpan.Zero ? wake : null;
        return new Attachment(this);
    }

    /// <summary>Claims the oldest deliveries for the worker.</summary>
    /// <returns>Null if there are none, or it is the writer's turn.</returns>
    public Claim? TryClaim(int maxItems, long maxBytes)
    {
        lock (_lock) return _claim is null && !IsForWriter && _deliveries.Count > 0 ? Begin(maxItems, maxBytes) : null;
    }

    /// <summary>Claims the oldest deliveries for the writer, once the worker has not made them durable in time, has given them back, or is away.</summary>
    /// <param name="maxItems">How many items it takes at most, but at least one delivery.</param>
    /// <param name="maxBytes">The same, in bytes.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>Null if it was closed and nothing is left.</returns>
    public async Task<Claim?> ClaimOverdueAsync(int maxItems, long maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (IsOverdue()) return Begin(maxItems, maxBytes);
                if (_isClosed && _deliveries.Count == 0) return null;
            }
            await _overdue.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    /// <summary>Refuses what arrives from now on; the writer stores what is here.</summary>
    public void Close()
    {
        lock (_lock) _isClosed = true;
        _overdue.Set();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _room.Dispose();
    }

    private bool IsForWriter => _isForWriter || _isCrowded || _isClosed || _wakeWorker is null;

    private void Add(Delivery delivery)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _deliveries.Add(delivery);
            if (_claim is not null) return;
            if (_deliveries.Count == 1) Restart(_bound);
            _isForWriter |= delivery.IsLarge;
        }
        Wake();
    }

    // What was tried and left may be older than the claim that it is in.
    private bool IsOverdue()
        => _deliveries.Count > 0 && _claim is not { IsCommitting: true }
            && (IsForWriter || _time.GetElapsedTime(_since) >= _bound || _time.GetElapsedTime(_deliveries[0].ArrivedAt) >= 2 * _bound);

    private void Wake()
    {
        Action? wake;
        lock (_lock) wake = IsForWriter || IsOverdue() ? null : _wakeWorker;
        if (wake is null) _overdue.Set();
        else wake();
    }

    // Taking over a claim is no more than replacing it: its owner cannot begin to commit any more.
    private Claim Begin(int maxItems, long maxBytes)
    {
        var (count, items, bytes) = (0, 0, 0L);
        while (count < _deliveries.Count && items < maxItems && bytes < maxBytes)
        {
            items += _deliveries[count].Items.Length;
            bytes += _deliveries[count++].Bytes;
        }
        _isForWriter = false;
        Restart(_bound);
        return _claim = new(this, _deliveries.GetRange(0, count));
    }

    private bool TryBeginCommit(Claim claim)
    {
        lock (_lock) return claim.IsCommitting = _claim == claim;
    }

    private void Finish(Claim claim, bool isDurable, IReadOnlyCollection<short> left)
    {
        lock (_lock)
        {
            if (_claim != claim) return;
            _claim = null;
            if (isDurable) Remove(claim, left);
            _isForWriter = !isDurable || _deliveries.Exists(delivery => delivery.IsLarge);
            var isAnyNew = _deliveries.Count > 0 && !_deliveries[^1].IsLeft;
            Restart(isAnyNew ? _bound : Retry);
            if (!isAnyNew && !IsForWriter) return;
        }
        Wake();
    }

    private void Remove(Claim claim, IReadOnlyCollection<short> left)
    {
        var still = claim.Deliveries.Where(delivery => delivery.Keep(left)).ToArray();
        _deliveries.RemoveRange(0, claim.Deliveries.Count);
        _deliveries.InsertRange(0, still);
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (_deliveries.Count == 0) return;
            _timer.Change(_bound, Timeout.InfiniteTimeSpan);
        }
        Wake();
    }

    private void Restart(TimeSpan pause)
    {
        _since = _time.GetTimestamp();
        _timer.Change(_deliveries.Count > 0 && !IsForWriter ? pause : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Detach()
    {
        lock (_lock) _wakeWorker = null;
        _overdue.Set();
    }

    /// <summary>The items of one POST, as far as they are not durable.</summary>
    /// <param name="items">In their order.</param>
    /// <param name="arrivedAt">A timestamp of the clock.</param>
    internal sealed class Delivery(IReadOnlyList<WebhookItem> items, long arrivedAt)
    {
        public WebhookItem[] Items { get; private set; } = [.. items];

        public long ArrivedAt => arrivedAt;

        public long Bytes { get; } = items.Sum(item => (long)item.Payload.Length);

        /// <summary>Too large to be applied while its sender waits.</summary>
        public bool IsLarge => Bytes > IncomingBodies.Large;

        /// <summary>Whether a claim has left it for the next.</summary>
        public bool IsLeft { get; private set; }

        public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>It could not be stored: the sender has to try again.</summary>
        public void Refuse(Exception exception) => Durable.TrySetException(exception);

        /// <summary>Keeps the items of these partitions; the others are durable.</summary>
        /// <returns>Whether there are any.</returns>
        public bool Keep(IReadOnlyCollection<short> partitions)
        {
            Items = Array.FindAll(Items, item => partitions.Contains(item.Partition));
            return IsLeft = Items.Length > 0;
        }
    }

    /// <summary>The oldest deliveries, which one transaction is about to make durable.</summary>
    internal sealed class Claim(Arrivals arrivals, IReadOnlyList<Delivery> deliveries)
    {
        public IReadOnlyList<Delivery> Deliveries => deliveries;

        public WebhookItem[] Items { get; } = [.. deliveries.SelectMany(delivery => delivery.Items)];

        /// <summary>Whether it can no longer be taken over.</summary>
        public bool IsCommitting { get; set; }

        /// <summary>Keeps the writer from taking it over; call it right before the commit.</summary>
        /// <returns>False if the writer has taken it over: nothing may be committed then.</returns>
        public bool TryBeginCommit() => arrivals.TryBeginCommit(this);

        /// <summary>It is durable, but for what was refused: the senders are answered.</summary>
        /// <param name="left">Items of these partitions are not, and are in the next claim.</param>
        public void Acknowledge(params IReadOnlyCollection<short> left)
        {
            arrivals.Finish(this, isDurable: true, left);
            foreach (var delivery in deliveries)
                if (!delivery.IsLeft)
                    delivery.Durable.TrySetResult();
        }

        /// <summary>Gives the deliveries to the writer, unless they were acknowledged or taken over.</summary>
        public void Release() => arrivals.Finish(this, isDurable: false, []);
    }

    private sealed class Attachment(Arrivals arrivals) : IDisposable
    {
        public void Dispose() => arrivals.Detach();
    }
}
