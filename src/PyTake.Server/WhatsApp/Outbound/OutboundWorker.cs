using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Sends what the outbox holds. One loop takes the first message of many recipients with one statement, as far as the numbers'
/// gates let it, and never waits for Meta: the requests run beside it, and the settler writes what became of them.
/// </summary>
internal sealed partial class OutboundWorker(
    OutboundStore store, OutboundSignal signal, NumberGates gates, SendingNodes nodes, MessageSender sender,
    Settler settler, SettlementWriter writer, IOptions<OutboundOptions> options, TimeProvider time, ILogger<OutboundWorker> logger)
    : IDrain
{
    private const int ReadyCapacity = 20_000;
    private const int Page = 256;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly ReadyLanes _ready = new(ReadyCapacity);
    private readonly Dictionary<Guid, Guid> _cursors = [];
    private readonly List<Guid> _doubtful = [];
    private DateTime _sweepAt, _busyAt;
    private bool _more;
    private int _underWay;
    private volatile bool _running, _found;

    /// <inheritdoc/>
    public event Action? Signalled
    {
        add => signal.Signalled += value;
        remove => signal.Signalled -= value;
    }

    /// <inheritdoc/>
    public string Name => "messages";

    /// <inheritdoc/>
    public string Queue => Queues.Outbound;

    /// <inheritdoc/>
    public bool HasWork => _found || signal.Woken.Count > 0;

    /// <summary>The net where the loop does not run: signals what lies in the outbox.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_running || !await store.HasWorkAsync(cancellationToken)) return;
        _found = true;
        signal.Raise();
    }

    /// <inheritdoc/>
    public async Task RunAsync(TimeSpan linger, CancellationToken stoppingToken)
    {
        using var settling = new CancellationTokenSource();
        var settled = settler.RunAsync(settling.Token);
        _running = true;
        (_sweepAt, _busyAt) = (DateTime.MinValue, time.UtcNow());
        while (!stoppingToken.IsCancellationRequested && !await IsOverAsync(linger, stoppingToken)) await StepAsync(stoppingToken);

        if (stoppingToken.IsCancellationRequested) signal.GiveBack();
        // Meta's answers to what is under way are worth waiting for.
        while (Volatile.Read(ref _underWay) > 0) await signal.Sender.WaitAsync(options.Value.SweepInterval, CancellationToken.None);
        settler.Complete();
        settling.CancelAfter(options.Value.RequestTimeout);
        await settled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running = false;
    }

    // What waits for a retry or an answer is work: the loop goes on until the outbox holds nothing that can be sent.
    private async Task<bool> IsOverAsync(TimeSpan linger, CancellationToken stoppingToken)
    {
        if (_ready.Count > 0 || HasWork || _doubtful.Count > 0 || Volatile.Read(ref _underWay) > 0) _busyAt = time.UtcNow();
        if (linger == Timeout.InfiniteTimeSpan || time.UtcNow() - _busyAt < linger) return false;
        try
        {
            if (!await store.HasWorkAsync(stoppingToken)) return true;
        }
        catch (Exception exception) when (Outage.Is(exception) || exception is OperationCanceledException)
        {
        }
        _busyAt = time.UtcNow();
        return false;
    }

    private async Task StepAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (signal.Woken.TryRead(out var lane)) _ready.Add(lane);
            if (time.UtcNow() >= _sweepAt || (_more && _ready.Count == 0)) await SweepAsync(stoppingToken);
            if (await SendReadyAsync() is { } wait) await signal.Sender.WaitAsync(wait, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            LogFailed(exception);
            await Task.Delay(PauseAfterFailure, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Finds what nobody said: retries that are due, what was queued elsewhere, what dead nodes left.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        _found = false;
        _sweepAt = time.UtcNow() + options.Value.SweepInterval;
        nodes.Beat();
        await UnclaimAsync(cancellationToken);
        await GiveUpAsync(cancellationToken);

        var full = _ready.NumbersWith(Page);
        var heads = await store.FindAsync(_cursors, full, Page, cancellationToken);
        foreach (var number in _cursors.Keys.Except(full).ToArray()) _cursors.Remove(number);
        _more = false;
        foreach (var number in heads.GroupBy(h => h.WhatsappNumberId, (id, heads) => (Id: id, Heads: heads.ToArray())))
        {
            foreach (var head in number.Heads.Where(h => h.IsDue)) _ready.Add(new RecipientLane(number.Id, head.ContactId));
            if (number.Heads.Length < Page) continue;
            _cursors[number.Id] = number.Heads[^1].ContactId;
            _more |= number.Heads.Any(h => h.IsDue);
        }
    }

    private async Task UnclaimAsync(CancellationToken cancellationToken)
    {
        if (_doubtful.Count == 0) return;
        await store.UnclaimAsync([.. _doubtful], cancellationToken);
        _doubtful.Clear();
    }

    private async Task GiveUpAsync(CancellationToken cancellationToken)
    {
        var rows = await store.ExpireAsync(options.Value.UnknownWait, cancellationToken);
        if (rows.Count > 0) await writer.WriteAsync([.. rows.Select(r => new Settlement(r, new SendResult.GivenUp()))], cancellationToken);
    }

    /// <returns>How long there is nothing to do; null where there may be more at once.</returns>
    private async Task<TimeSpan?> SendReadyAsync()
    {
        var until = _sweepAt;
        var lanes = _ready.Take(options.Value.ClaimBatch, number =>
        {
            if (gates.TryEnter(number, out var retryAt)) return true;
            if (retryAt < until) until = retryAt.Value;
            return false;
        });
        if (lanes.Count == 0) return Max(until - time.UtcNow(), TimeSpan.FromMilliseconds(1));

        await ClaimAsync(lanes);
        return null;
    }

    // Not cancelled when the node stops: it is short, and what is taken must be known.
    private async Task ClaimAsync(List<RecipientLane> lanes)
    {
        var claimId = Guid.CreateVersion7();
        var free = lanes.ToHashSet();
        try
        {
            var leaseUntil = time.UtcNow() + options.Value.WholeLease;
            foreach (var message in await store.ClaimAsync(claimId, lanes, leaseUntil, CancellationToken.None))
            {
                free.Remove(message.Lane);
                Start(message);
            }
        }
        catch
        {
            _doubtful.Add(claimId);
            foreach (var lane in lanes) _ready.Add(lane);
            throw;
        }
        finally
        {
            foreach (var lane in free) gates.Return(lane.WhatsappNumberId);
        }
    }

    private void Start(OutboundMessage message)
    {
        Interlocked.Increment(ref _underWay);
        _ = Task.Run(async () =>
        {
            try
            {
                settler.Add(await sender.SendAsync(message));
            }
            catch (Exception exception)
            {
                // A bug. Its lease ends, and it becomes one of which nobody knows.
                LogNotSettled(exception, message.MessageId);
            }
            Interlocked.Decrement(ref _underWay);
            // There is room for another request.
            signal.Sender.Set();
        });
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    [LoggerMessage(6221, LogLevel.Error, "Looking for messages to send failed; it will be tried again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(6222, LogLevel.Error, "Nobody knows what sending message {MessageId} came to")]
    private partial void LogNotSettled(Exception exception, Guid messageId);
}
