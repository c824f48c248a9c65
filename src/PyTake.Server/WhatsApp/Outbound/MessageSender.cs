using System.Diagnostics;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Telemetry;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Outbound;

/// <summary>One attempt to send one message.</summary>
internal sealed partial class MessageSender(
    GraphClient graph, IOutboundMedia media, SecretBox secrets, SendPolicy policy, NumberThrottles throttles, OutboundMetrics metrics,
    TimeProvider time, ILogger<MessageSender> logger)
{
    /// <summary>Always returns an outcome: Meta's answer, or why Meta was not asked.</summary>
    public async Task<Settlement> SendAsync(OutboundMessage message)
    {
        using var span = Tracing.Continue("send message", ActivityKind.Consumer, Tracing.Read(message.TraceParent));
        var result = await AttemptAsync(message);
        span?.SetTag("pytake.message", message.MessageId).SetTag("pytake.attempt", message.Attempts);
        if (result is not SendResult.Accepted) span?.SetStatus(ActivityStatusCode.Error, result.GetType().Name);
        return new(message, result) { NumberUpdatedAt = message.NumberUpdatedAt, Trace = Tracing.Here };
    }

    private async Task<SendResult> AttemptAsync(OutboundMessage message)
    {
        bool? wentWell = null;
        try
        {
            if (ReasonNotToSend(message) is { } reason) return reason;
            if (await RequestAsync(message) is not { } answer) return new SendResult.Lost();
            var result = policy.Decide(message, answer, time.UtcNow());
            wentWell = IsMetaHealthy(answer, result);
            ApplyToNumber(message, answer, result);
            return result;
        }
        finally
        {
            throttles.Leave(message.WhatsappNumberId, wentWell);
        }
    }

    private SendResult? ReasonNotToSend(OutboundMessage message)
    {
        var now = time.UtcNow();
        if (message.Status != MessageStatus.Pending) return new SendResult.Dropped();
        if (throttles.Of(message.WhatsappNumberId).IsHalted(now))
            return new SendResult.Delayed(now, GraphErrorClass.Credentials, "The number is being stopped", message.Attempts - 1, message.Throttles);
        if (!message.IsActive) return new SendResult.Failed(GraphErrorClass.Registration, "number_inactive", "The WhatsApp number is not active");
        if (message.Recipient is null)
            return new SendResult.Failed(GraphErrorClass.Recipient, "number_reassigned",
                "The customer's number belongs to another customer now, and WhatsApp has shown nothing else to reach this one by");
        // The window was open when the message was written; Meta would accept the message and fail it later (WHATSAPP, case 54).
        if (message.MessageType != MessageType.Template && !(message.WindowExpiresAt > now))
            return new SendResult.Failed(GraphErrorClass.Window, GraphErrors.WindowClosed.ToString(),
                "More than 24 hours have passed since the customer's last message; only a template may be sent");
        return null;
    }

    // Not cancelled when the node stops: the answer is worth waiting a few seconds.
    private async Task<GraphAnswer?> RequestAsync(OutboundMessage message)
    {
        if (!secrets.TryOpen(message.AccessToken, NumberStore.PlaceOf(message.WhatsappNumberId), out var token)) return Unreadable;
        byte[] body;
        var metaIds = new Dictionary<string, string>();
        try
        {
            foreach (var mediaId in GraphMessage.MediaIdsOf(message))
            {
                var upload = await media.FindAsync(message, token, mediaId, CancellationToken.None);
                if (upload is not GraphAnswer.Accepted uploaded) return upload;
                metaIds[mediaId] = uploaded.Id;
            }
            body = GraphMessage.Of(message, metaIds, Tracing.Parent);
        }
        catch (Exception exception)
        {
            // A bug, which must not leak a slot of the throttle or affect other messages.
            LogNotPrepared(exception, message.MessageId);
            return new GraphAnswer.NotSent("The message could not be prepared");
        }
        var started = Stopwatch.GetTimestamp();
        var answer = await graph.SendAsync(message.PhoneNumberId, token, body, CancellationToken.None);
        metrics.RequestCompleted(Stopwatch.GetElapsedTime(started), answer);
        if (answer is GraphAnswer.Refused { Error.Code: 100 or 131052 or 131053 })
            foreach (var metaId in metaIds.Values) await media.ForgetAsync(message, metaId, CancellationToken.None);
        return answer;
    }

    // Not an answer from Meta, but handled like one: the number's token is unusable.
    private static readonly GraphAnswer Unreadable = new GraphAnswer.Refused(
        401, new GraphError(190, null, "The stored access token cannot be decrypted; save it again", null, null));

    private void ApplyToNumber(OutboundMessage message, GraphAnswer answer, SendResult result)
    {
        var throttle = throttles.Of(message.WhatsappNumberId);
        var now = time.UtcNow();
        if (result is SendResult.Stopped) throttle.Halt(now);
        if (policy.NumberPause(answer, result, now) is { Ticks: > 0 } pause) throttle.CloseUntil(now + pause);
        if (answer is GraphAnswer.Refused { Error.Code: GraphErrors.SpamRate } refused)
            LogNeedsOperator(message.WhatsappNumberId, refused.Error.Code, refused.Error.TraceId);
    }

    // A refusal of one customer or one message says nothing about how fast to send; server errors, throughput limits and credentials do.
    private static bool? IsMetaHealthy(GraphAnswer answer, SendResult result) => (answer, result) switch
    {
        (GraphAnswer.Accepted, _) => true,
        (GraphAnswer.Refused { Error.Code: GraphErrors.PairRate or GraphErrors.SpamRate }, _) => null,
        (GraphAnswer.Refused, SendResult.Failed { Class: not (GraphErrorClass.Transient or GraphErrorClass.Unknown) }) => null,
        _ => false,
    };

    [LoggerMessage(6201, LogLevel.Error, "Message {MessageId} could not be prepared")]
    private partial void LogNotPrepared(Exception exception, Guid messageId);

    [LoggerMessage(6202, LogLevel.Error, "WhatsApp number {WhatsappNumberId} needs an operator: Meta's error {Code} [{FbTraceId}]")]
    private partial void LogNeedsOperator(Guid whatsappNumberId, int? code, string? fbTraceId);
}
