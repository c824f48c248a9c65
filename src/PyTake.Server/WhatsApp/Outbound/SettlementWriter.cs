using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Writes a batch of results in one transaction: messages, outbox, and what else follows from them.</summary>
internal sealed partial class SettlementWriter(
    ConversationStreams streams, StopNotices notices, NumberThrottles throttles, OutboundMetrics metrics, IOptions<OutboundOptions> options,
    TimeProvider time, ILogger<SettlementWriter> logger)
{
    public async Task WriteAsync(IReadOnlyList<Settlement> batch, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(
            [.. batch.Where(s => ChangesMessage(s.Result)).Select(s => s.Row.ConversationId).Distinct()], cancellationToken);
        var locked = await OutboundStore.LockAsync(transaction, batch.Select(s => s.Row), cancellationToken);
        var messages = (await transaction.LoadAsync([.. batch.Where(s => ChangesMessage(s.Result)).Select(s => s.Row.MessageId).Distinct()], cancellationToken))
            .ToDictionary(m => m.Id);

        var valid = batch.Where(s => StillHolds(s, locked)).ToArray();
        var failed = new List<Message>();
        foreach (var settlement in valid)
        {
            transaction.Trace = settlement.Trace;
            if (!messages.TryGetValue(settlement.Row.MessageId, out var message) || Apply(transaction, settlement, message) is not { } changed) continue;
            messages[changed.Id] = changed;
            if (changed.Status == MessageStatus.Failed && message.Status != changed.Status) failed.Add(changed);
        }
        foreach (var message in failed) await AgentReactions.WithdrawAsync(transaction, message, cancellationToken);

        var stopped = await StopAsync(transaction, valid, cancellationToken);
        await OutboundStore.UpdateAsync(transaction, [.. valid.Select(s => Waiting(s, transaction.Now)).OfType<WaitingRow>()], cancellationToken);
        await OutboundStore.RemoveAsync(
            transaction, [.. valid.Where(s => IsFinal(s.Result) && locked.ContainsKey(s.Row.Position)).Select(s => s.Row)], cancellationToken);
        foreach (var settlement in valid) await CorrectAsync(transaction, settlement, cancellationToken);
        await ContactStore.OptOutAsync(transaction, [.. valid.Where(IsOptOut).Select(s => s.Row.ContactId)], cancellationToken);
        // Releases statuses that arrived before their message's wamid was known.
        if (valid.Select(s => s.Result).OfType<SendResult.Accepted>().Select(a => a.Wamid).OfType<string>().ToArray() is { Length: > 0 } wamids)
            transaction.AddStatement(WaitingItems.Arrived(wamids));
        await transaction.CommitAsync(cancellationToken);

        foreach (var number in stopped) notices.Tell(number);
        foreach (var settlement in valid) Count(settlement);
        // From now on the database says whether a number is stopped.
        foreach (var settlement in batch.Where(s => s.Result is SendResult.Stopped)) throttles.Of(settlement.Row.WhatsappNumberId).Resume();
    }

    // A row that no longer exists was settled elsewhere, because a status reported the message's outcome. Meta's acceptance still counts, because
    // only it may contain the wamid.
    private static bool StillHolds(Settlement settlement, IReadOnlyDictionary<long, string> locked) => settlement.Result switch
    {
        SendResult.Accepted => true,
        SendResult.GivenUp => locked.TryGetValue(settlement.Row.Position, out var state) && state == "unknown",
        _ => locked.ContainsKey(settlement.Row.Position),
    };

    private static Message? Apply(StreamTransaction transaction, Settlement settlement, Message message)
    {
        switch (settlement.Result)
        {
            case SendResult.Accepted accepted:
                return Accept(transaction, message, accepted.Wamid);
            case SendResult.Failed failed:
                if (failed.Code.IsCode(GraphErrors.WindowClosed)) CloseWindow(transaction, settlement.Row);
                return Fail(transaction, message, failed.Code, failed.Text);
            case SendResult.Stopped stop:
                return Outbox.Explain(transaction, message, stop.Code, stop.Reason);
            case SendResult.GivenUp when message.Status == MessageStatus.Pending:
                return Fail(transaction, message, "timeout",
                    "WhatsApp did not answer in time: the message may have arrived. Send it again only if the customer does not have it");
            default:
                return null;
        }
    }

    private static Message? Accept(StreamTransaction transaction, Message message, string? wamid)
    {
        if (message.Status == MessageStatus.Pending)
            return transaction.Change(ChangeKind.Status, message with
            {
                Status = MessageStatus.Sent,
                SentAt = transaction.Now,
                WhatsappMessageId = wamid ?? message.WhatsappMessageId,
                ErrorCode = null,
                ErrorMessage = null,
            });
        // A status or an echo arrived first, or the message was given up meanwhile; later statuses refer to it by this wamid.
        return wamid is not null && wamid != message.WhatsappMessageId
            && (message.WhatsappMessageId is null || Wamid.MayBeSame(wamid, message.WhatsappMessageId))
            ? transaction.Change(ChangeKind.Updated, message with { WhatsappMessageId = wamid })
            : null;
    }

    // WhatsApp's answer says who the customer is: a number in another spelling than we sent to, or a user id.
    private static Task CorrectAsync(StreamTransaction transaction, Settlement settlement, CancellationToken cancellationToken)
    {
        if (settlement is not { Result: SendResult.Accepted { WaId: var waId, UserId: var userId }, Row: OutboundMessage { Recipient: { } sentTo } message })
            return Task.CompletedTask;
        if (waId == sentTo) waId = null;
        if (message.UserIds.Contains(userId)) userId = null;
        if (waId is null && userId is null) return Task.CompletedTask;
        var isNumber = char.IsAsciiDigit(sentTo[0]);
        // That a user has another id is said by a system message alone.
        if (!isNumber && userId is not null) return Task.CompletedTask;
        return ContactStore.CorrectAsync(
            transaction, message.ContactId, sentTo, (waId, userId), isAnother: userId is not null && message.UserIds.Length > 0,
            waId is not null || isNumber ? PhoneNumbers.Normalize(waId ?? sentTo) : null, cancellationToken);
    }

    private static Message? Fail(StreamTransaction transaction, Message message, string code, string text)
        => MessageStatus.MayBecome(message.Status, MessageStatus.Failed)
            ? transaction.Change(ChangeKind.Status, message with
            {
                Status = MessageStatus.Failed,
                FailedAt = transaction.Now,
                ErrorCode = code,
                ErrorMessage = text,
            })
            : null;

    // Unless the customer has written since the request, which opened the window again.
    private static void CloseWindow(StreamTransaction transaction, OutboxRow row)
    {
        if (row is OutboundMessage asked && transaction.Find(row.ConversationId) is { } conversation && conversation.WindowExpiresAt == asked.WindowExpiresAt)
            transaction.Update(conversation.WithClosedWindow(transaction.Now));
    }

    private WaitingRow? Waiting(Settlement settlement, DateTime now) => settlement switch
    {
        { Result: SendResult.Delayed d } => new(settlement.Row, "queued", d.DueAt, null, d.Attempts, d.Throttles, d.Class.Word(), d.Error),
        { Result: SendResult.Stopped s } => new(
            settlement.Row, "queued", now, null, settlement.Row.Attempts - 1, settlement.Row.Throttles, s.Class.Word(), s.Reason),
        { Result: SendResult.Uncertain u } => new(
            settlement.Row, "unknown", null, now + options.Value.UnknownWait, settlement.Row.Attempts, settlement.Row.Throttles, "unanswered", u.Error),
        _ => null,
    };

    private static async Task<List<NumberSending>> StopAsync(
        StreamTransaction transaction, IEnumerable<Settlement> settlements, CancellationToken cancellationToken)
    {
        var stopped = new List<NumberSending>();
        var stops = settlements.Where(s => s.Result is SendResult.Stopped).DistinctBy(s => (s.Row.WhatsappNumberId, s.NumberUpdatedAt));
        foreach (var stop in stops.OrderBy(s => s.Row.WhatsappNumberId))
        {
            var (_, code, reason) = (SendResult.Stopped)stop.Result;
            if (await NumberStore.StopSendingAsync(transaction, stop.Row.WhatsappNumberId, stop.NumberUpdatedAt, code, reason, cancellationToken) is { } number)
                stopped.Add(number);
        }
        return stopped;
    }

    private void Count(Settlement settlement)
    {
        switch (settlement.Result)
        {
            case SendResult.Accepted when settlement.Row is OutboundMessage message:
                metrics.Sent(time.GetUtcNow().UtcDateTime - message.CreatedAt);
                break;
            case SendResult.Failed failed:
                metrics.Failed(failed.Class.Word());
                LogMessageFailed(settlement.Row.MessageId, failed.Class, failed.Code);
                break;
            case SendResult.GivenUp:
                metrics.Failed(OutboundMetrics.Timeout);
                LogGivenUp(settlement.Row.MessageId);
                break;
            case SendResult.Delayed delayed:
                metrics.Delayed(delayed.Class.Word());
                break;
            case SendResult.Stopped stop:
                metrics.Delayed(stop.Class.Word());
                break;
            case SendResult.Uncertain uncertain:
                metrics.Uncertain();
                LogUncertain(settlement.Row.MessageId, uncertain.Error);
                break;
        }
    }

    private static bool ChangesMessage(SendResult result)
        => result is SendResult.Accepted or SendResult.Failed or SendResult.GivenUp or SendResult.Stopped;

    private static bool IsFinal(SendResult result)
        => result is SendResult.Accepted or SendResult.Failed or SendResult.GivenUp or SendResult.Dropped;

    private static bool IsOptOut(Settlement settlement)
        => settlement.Result is SendResult.Failed failed && failed.Code.IsCode(GraphErrors.OptedOut);

    [LoggerMessage(6215, LogLevel.Information, "Message {MessageId} failed: {Class} {Code}")]
    private partial void LogMessageFailed(Guid messageId, GraphErrorClass @class, string code);

    [LoggerMessage(6216, LogLevel.Warning, "The outcome of message {MessageId} is still unknown; it is marked as failed")]
    private partial void LogGivenUp(Guid messageId);

    [LoggerMessage(6217, LogLevel.Warning, "Message {MessageId} may have arrived: {Reason}")]
    private partial void LogUncertain(Guid messageId, string reason);
}
