using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Sends the messages in the outbox. One loop claims the first message of many recipients with one statement, within the limits of the numbers'
/// throttles, and never waits for Meta: requests run concurrently, and the settler writes their results.
/// </summary>
internal sealed partial class OutboundWorker(
    OutboundStore store, OutboundSignal signal, NumberThrottles throttles, SendingNodes nodes, MessageSender sender,
    Settler settler, SettlementWriter writer, IOptions<OutboundOptions> options, TimeProvider time, ILogger<OutboundWorker> logger)
    : IPump
{
    private const int ReadyCapacity = 20_000;
    private const int Page = 256;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly ReadyRecipients _ready = new(ReadyCapacity);
    private readonly Dictionary<Guid, Guid> _cursors = [];
    private readonly List<Guid> _doubtfulClaims = [];
    private DateTime _sweepAt;
    private bool _more;
    private int _underWay;

    /// <inheritdoc/>
    public string Name => "outbound messages";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using var settling = new CancellationTokenSource();
        var settled = settler.RunAsync(settling.Token);
        _sweepAt = DateTime.MinValue;
        while (!stoppingToken.IsCancellationRequested) await StepAsync(stoppingToken);

        signal.GiveBack();
        // Meta's answers to the requests under way are worth waiting for.
        while (Volatile.Read(ref _underWay) > 0) await signal.Sender.WaitAsync(options.Value.SweepInterval, CancellationToken.None);
        settler.Complete();
        settling.CancelAfter(options.Value.RequestTimeout);
        await settled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task StepAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (signal.Woken.TryRead(out var recipient)) _ready.Add(recipient);
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

    /// <summary>Finds rows without a signal: retries that are due, messages queued on other nodes, leftovers of dead nodes.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        _sweepAt = time.UtcNow() + options.Value.SweepInterval;
        nodes.SendHeartbeat();
        _more = false;
        // Most of the time there is nothing, and this check costs half of what follows.
        if (_doubtfulClaims.Count == 0 && !await store.HasWorkAsync(cancellationToken))
        {
            _cursors.Clear();
            return;
        }
        await UnclaimAsync(cancellationToken);
        await GiveUpAsync(cancellationToken);

        var full = _ready.NumbersWith(Page);
        var heads = await store.FindAsync(_cursors, full, Page, cancellationToken);
        foreach (var number in _cursors.Keys.Except(full).ToArray()) _cursors.Remove(number);
        foreach (var number in heads.GroupBy(h => h.WhatsappNumberId, (id, heads) => (Id: id, Heads: heads.ToArray())))
        {
            foreach (var head in number.Heads.Where(h => h.IsDue)) _ready.Add(new Recipient(number.Id, head.ContactId));
            if (number.Heads.Length < Page) continue;
            _cursors[number.Id] = number.Heads[^1].ContactId;
            _more |= number.Heads.Any(h => h.IsDue);
        }
    }

    private async Task UnclaimAsync(CancellationToken cancellationToken)
    {
        if (_doubtfulClaims.Count == 0) return;
        await store.UnclaimAsync([.. _doubtfulClaims], cancellationToken);
        _doubtfulClaims.Clear();
    }

    private async Task GiveUpAsync(CancellationToken cancellationToken)
    {
        var rows = await store.ExpireAsync(options.Value.UnknownWait, cancellationToken);
        if (rows.Count > 0) await writer.WriteAsync([.. rows.Select(r => new Settlement(r, new SendResult.GivenUp()))], cancellationToken);
    }

    /// <returns>How long to wait for more; null if there may be more right now.</returns>
    private async Task<TimeSpan?> SendReadyAsync()
    {
        var until = _sweepAt;
        var recipients = _ready.Take(options.Value.ClaimBatch, number =>
        {
            if (throttles.TryEnter(number, out var retryAt)) return true;
            if (retryAt < until) until = retryAt.Value;
            return false;
        });
        if (recipients.Count == 0) return Max(until - time.UtcNow(), TimeSpan.FromMilliseconds(1));

        await ClaimAsync(recipients);
        return null;
    }

    // Not cancelled when the node stops: it is short, and claimed messages must be known.
    private async Task ClaimAsync(List<Recipient> recipients)
    {
        var claimId = Guid.CreateVersion7();
        var unused = recipients.ToHashSet();
        try
        {
            var leaseUntil = time.UtcNow() + options.Value.WholeLease;
            foreach (var message in await store.ClaimAsync(claimId, recipients, leaseUntil, CancellationToken.None))
            {
                unused.Remove(message.Queue);
                Start(message);
            }
        }
        catch
        {
            _doubtfulClaims.Add(claimId);
            foreach (var recipient in recipients) _ready.Add(recipient);
            throw;
        }
        finally
        {
            foreach (var recipient in unused) throttles.Return(recipient.WhatsappNumberId);
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
                // A bug. The lease expires, and the message's outcome becomes unknown.
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

    [LoggerMessage(6222, LogLevel.Error, "The outcome of sending message {MessageId} is unknown")]
    private partial void LogNotSettled(Exception exception, Guid messageId);
}
