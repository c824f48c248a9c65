using System.Text.Json;
using System.Text.Json.Nodes;
using PyTake.Conversations;
using PyTake.Json;
using PyTake.Media;
using PyTake.WhatsApp.Files;
using PyTake.WhatsApp.Numbers;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Applies updates to the conversations that the transaction has locked.</summary>
internal sealed class WebhookEffects(StreamTransaction transaction, CustomerLookup lookup, StopNotices notices, DownloadSignal downloads)
{
    private readonly List<Guid> _settled = [];
    private readonly List<string> _arrived = [];
    private readonly List<Guid> _optedOut = [];
    private readonly Dictionary<Guid, Referral> _referrals = [];
    private readonly List<Message> _failed = [];
    private readonly Dictionary<Guid, Message> _stopping = [];
    private readonly Dictionary<Guid, Message> _withFiles = [];
    private readonly List<Guid> _revoked = [];
    private int _place;

    /// <summary>Applies one update.</summary>
    /// <returns>The wamid of the message that it is about, if we do not have that; null if it was applied.</returns>
    public string? Apply(WebhookUpdate update) => update switch
    {
        MessageReceived message => Receive(message),
        StatusReceived status => Tick(status),
        ReactionReceived reaction => React(reaction),
        MessageEdited edit => Edit(edit),
        MessageRevoked revoke => Revoke(revoke),
        _ => null,
    };

    /// <summary>
    /// Does what follows from all of them: removes messages that Meta has confirmed from the outbox, and makes waiting items due.
    /// </summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await OutboundStore.RemoveAnsweredAsync(transaction, [.. _settled], cancellationToken);
        foreach (var message in _failed) await AgentReactions.WithdrawAsync(transaction, message, cancellationToken);
        await ContactStore.OptOutAsync(transaction, [.. _optedOut], cancellationToken);
        foreach (var (number, failed) in _stopping) await StopAsync(number, failed, cancellationToken);
        ContactStore.AddReferrals(transaction, _referrals);
        if (_arrived.Count > 0) transaction.AddStatement(WaitingItems.Arrived(_arrived));
        FinishFiles();
    }

    private void FinishFiles()
    {
        if (_withFiles.Count > 0)
        {
            transaction.AddStatement(DownloadStore.Queue([.. _withFiles.Values.Select(m => (m, transaction[m.ConversationId]))], transaction.Now));
            transaction.AfterCommit(downloads.Wake);
        }
        if (_revoked.Count == 0) return;
        transaction.AddStatement(DownloadStore.Drop([.. _revoked]));
        transaction.AddStatement(MediaStore.Taken([.. _revoked]));
    }

    private string? Receive(MessageReceived received)
    {
        if (lookup.Earlier(received) is { } known)
        {
            Complete(known, received);
            return null;
        }
        if (lookup.CandidatesOf(received).Select(Loaded).FirstOrDefault(m => m is not null && OwnEchoes.IsOf(received, m)) is { } ours)
        {
            if (ours.WhatsappMessageId is null) Confirm(ours, received);
            return null;
        }
        var conversation = transaction.Find(lookup.ConversationOf(received)!.Value);
        // It was closed since the lookup, so start over: the message begins another one.
        if (conversation is null || !conversation.IsActive() && !received.Historic) throw new RacedException();

        Control(received, conversation);
        var message = transaction.Add(Draft(received, conversation.Id), quiet: received.Historic || received.ControlledBy is not null);
        NoteReferral(message);
        if (message.Media is not null) _withFiles[message.Id] = message;
        if (IsTakenByCustomer(message)) transaction.Update(transaction[message.ConversationId].WithOpenWindow(received.OccurredAt));
        lookup.AddMessage(received.PhoneNumberId!, received.Wamid, received.Customer, new(message.Id, message.ConversationId));
        _arrived.Add(received.Wamid);
        return null;
    }

    // An echo of a message of ours, whose outcome was unknown: Meta has accepted it, whatever becomes of our request.
    private void Confirm(Message ours, MessageReceived echo)
    {
        transaction.Change(ChangeKind.Status, ours with
        {
            Status = MessageStatus.Sent,
            SentAt = ours.SentAt ?? echo.OccurredAt,
            WhatsappMessageId = echo.Wamid,
            FailedAt = null,
            ErrorCode = null,
            ErrorMessage = null,
        });
        lookup.AddMessage(echo.PhoneNumberId!, echo.Wamid, echo.Customer, new(ours.Id, ours.ConversationId));
        _settled.Add(ours.Id);
        _arrived.Add(echo.Wamid);
    }

    // Who answers from now on. A customer's message that comes to us gives us the conversation, and a copy says that somebody else has it. Meta's
    // seconds settle what arrives out of order; in one second a copy counts less than a handover or a message.
    private void Control(MessageReceived received, Conversation conversation)
    {
        if (received is { ControlledBy: null, IsStandby: false } && (conversation.IsOurs() || !Claims(received))) return;
        if (conversation.ControlledSince is { } since && (received.IsStandby ? since >= received.OccurredAt : since > received.OccurredAt)) return;
        var next = received.ControlledBy ?? (received.IsStandby ? SomebodyElse(conversation.ControlledBy) : ConversationControl.Ours);
        if (next == conversation.ControlledBy && received.ControlledBy is null) return;
        transaction.Update(conversation.UnderControl(next, received.OccurredAt));
        if (received.ControlledBy is null && conversation.ControlledBy is { } before)
            transaction.Add(HandoverLine(received, conversation.Id, before, next), quiet: true);
    }

    // Calls and answers to a request for call permission go to whoever takes calls, and change nobody's control (conversation-routing/calling-webhooks).
    private static bool Claims(MessageReceived received)
        => received is { FromCustomer: true, Historic: false, Type: not MessageType.Call }
            && !received.Content.Text.Contains("\"call_permission_reply\"", StringComparison.Ordinal);

    private static string SomebodyElse(string? known)
        => known is null or ConversationControl.Ours or ConversationControl.Nobody ? ConversationControl.Other : known;

    // Nobody told us, but the customer's message came another way.
    private Message HandoverLine(MessageReceived received, Guid conversation, string from, string to) => new()
    {
        Id = Guid.CreateVersion7(),
        ConversationId = conversation,
        Direction = Direction.Inbound,
        SenderType = SenderType.System,
        MessageType = MessageType.Handover,
        Content = Object(new JsonObject { ["action"] = "routed", ["from"] = from, ["to"] = to }),
        Status = MessageStatus.Received,
        OccurredAt = received.OccurredAt,
        CreatedAt = transaction.Now.AddMicroseconds(_place++),
    };

    // created_at grows by a microsecond within a batch, which keeps the order of arrival where Meta's seconds are equal.
    private Message Draft(MessageReceived received, Guid conversation)
    {
        var (created, isLine) = (transaction.Now.AddMicroseconds(_place++), received.ControlledBy is not null);
        return new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversation,
            Direction = received.FromCustomer || isLine ? Direction.Inbound : Direction.Outbound,
            SenderType = received.FromCustomer ? SenderType.Contact : isLine ? SenderType.System : received.IsStandby ? SenderType.Bot : SenderType.Agent,
            MessageType = received.Type,
            Content = received.Content,
            Status = received.FromCustomer || isLine ? MessageStatus.Received : received.HistoricStatus ?? MessageStatus.Sent,
            SentAt = received.FromCustomer || isLine ? null : received.OccurredAt,
            FailedAt = received.HistoricStatus == MessageStatus.Failed ? received.OccurredAt : null,
            ErrorCode = received.ErrorCode,
            ErrorMessage = received.ErrorMessage,
            WhatsappMessageId = received.Wamid,
            ReplyToMessageId = lookup.Message(received.PhoneNumberId, received.ReplyTo, received.Customer)?.Id,
            ReplyToWhatsappMessageId = received.ReplyTo,
            OccurredAt = received.OccurredAt,
            CreatedAt = created,
            Media = received.MediaId is null ? null : Media(received),
            Meta = received.IsStandby ? WithControl(received.Meta, transaction[conversation].ControlledBy) : received.Meta,
        };
    }

    private static RawJson WithControl(RawJson? meta, string? controlledBy)
    {
        var said = meta is { } known ? JsonNode.Parse(known.Text)!.AsObject() : [];
        said["controlled_by"] = SomebodyElse(controlledBy);
        return Object(said);
    }

    private static RawJson Media(MessageReceived received) => new MessageMedia(MediaState.Pending, received.MimeType)
    {
        Filename = received.FileName,
        Voice = Says(received, "voice"),
        Animated = Says(received, "animated"),
    }.ToJson();

    // Quotes within texts are escaped in JSON, so that this is the flag.
    private static bool? Says(MessageReceived received, string flag)
        => received.Content.Text.Contains($"\"{flag}\":true", StringComparison.Ordinal) ? true : null;

    // A message first received without its content may be repeated with it, a call ends, and a history may say more of a message that we have; any
    // other repetition changes nothing.
    private void Complete(MessageRef known, MessageReceived received)
    {
        if (Loaded(known) is not { } message) return;
        var status = received.HistoricStatus is { } became && MessageStatus.MayBecome(message.Status, became) ? became : message.Status;
        var had = Wholeness(message.MessageType, message.Content, message.Direction == Direction.Inbound ? message.ErrorCode : null);
        if (Wholeness(received.Type, received.Content, received.ErrorCode) > had && !IsRevoked(message))
        {
            var whole = Rewrite(message with
            {
                MessageType = received.Type,
                Content = received.Content,
                Status = status,
                Media = received.MediaId is null ? null : Media(received),
                Meta = Merge(message.Meta, received.Meta),
                ErrorCode = received.ErrorCode,
                ErrorMessage = received.ErrorMessage,
            });
            NoteReferral(whole);
            if (whole.Media is not null) _withFiles[whole.Id] = whole;
            if (IsTakenByCustomer(whole)) transaction.Update(transaction[whole.ConversationId].WithOpenWindow(received.OccurredAt));
        }
        else if (status != message.Status) transaction.Change(ChangeKind.Status, message with { Status = status });
    }

    /// <summary>0 for a message whose content is missing and for a call that goes on, 1 for one of which something is missing, 2 for the rest.</summary>
    private static int Wholeness(string type, RawJson content, string? errorCode)
        => type is MessageType.Unsupported or MessageType.MediaPlaceholder ? 0
        : type == MessageType.Call && !content.Text.Contains("\"outcome\":", StringComparison.Ordinal) ? 0
        : errorCode is not null ? 1
        : 2;

    // A call that the customer takes opens the window as their own calls do (calling/pricing).
    private static bool IsTakenByCustomer(Message message) => message is { MessageType: MessageType.Call, Direction: Direction.Outbound }
        && message.Content.Text.Contains("\"ended\"", StringComparison.Ordinal);

    private static bool IsRevoked(Message message) => message.Content.Text.Contains("\"revoked_at\":", StringComparison.Ordinal);

    private void NoteReferral(Message message)
    {
        if (message.Referral is not { } referral) return;
        var contact = transaction[message.ConversationId].ContactId;
        if (!_referrals.TryGetValue(contact, out var first) || first.At > message.OccurredAt)
            _referrals[contact] = referral.Shortened() with { At = message.OccurredAt };
    }

    private string? Tick(StatusReceived status)
    {
        if (lookup.Of(status) is not { } target || Loaded(target) is not { } message) return status.Wamid;
        // In a group each participant has a status; the message's own is none of these.
        if (message.Direction != Direction.Outbound || status.ParticipantId is not null) return null;
        if (status.Payment is { } payment)
        {
            if (payment.Follows(message.Payment)) transaction.Change(ChangeKind.Updated, message.With(payment));
            return null;
        }
        // A different wamid is that of an earlier attempt, after which an agent sent the message again; its failure is not this attempt's.
        if (status.Status == MessageStatus.Failed && message.WhatsappMessageId is { } wamid && !Wamid.MayBeSame(wamid, status.Wamid)) return null;

        var named = message.WhatsappMessageId is null ? message with { WhatsappMessageId = status.Wamid } : message;
        var newStatus = status.Status == "played" ? MessageStatus.Read : status.Status;
        if (newStatus is MessageStatus.Sent or MessageStatus.Delivered or MessageStatus.Read or MessageStatus.Failed
            && MessageStatus.MayBecome(message.Status, newStatus))
            ApplyConsequences(transaction.Change(ChangeKind.Status, Moved(named, newStatus, status)));
        else if (Priced(named, status) is var told && told != message)
            transaction.Change(ChangeKind.Status, told);
        if (message.WhatsappMessageId is null)
        {
            // Meta has accepted it, whatever our request returned.
            _settled.Add(message.Id);
            lookup.AddMessage(status.PhoneNumberId!, status.Wamid, status.Recipient, target);
        }
        return null;
    }

    // The consequences of a failure: Meta reports most failures by a status and not in its answer to the request.
    private void ApplyConsequences(Message moved)
    {
        var conversation = transaction[moved.ConversationId];
        if (moved.ErrorCode.IsCode(GraphErrors.WindowClosed) && !(conversation.LastInboundAt > (moved.SentAt ?? moved.OccurredAt)))
            transaction.Update(conversation.WithClosedWindow(transaction.Now));
        if (moved.ErrorCode.IsCode(GraphErrors.OptedOut)) _optedOut.Add(conversation.ContactId);
        if (moved.Status != MessageStatus.Failed) return;
        _failed.Add(moved);
        // Meta mostly finds out about payment after it has accepted a message. This one is lost; the others are not sent in vain.
        if (GraphErrors.Classify(moved.ErrorCode).StopsNumber()) _stopping.TryAdd(conversation.WhatsappNumberId, moved);
    }

    private async Task StopAsync(Guid number, Message failed, CancellationToken cancellationToken)
    {
        var stopped = await NumberStore.StopSendingAsync(
            transaction, number, failed.SentAt ?? failed.CreatedAt, failed.ErrorCode!, failed.ErrorMessage ?? "", cancellationToken);
        if (stopped is not null) transaction.AfterCommit(() => notices.Tell(stopped));
    }

    private static Message Moved(Message message, string newStatus, StatusReceived status)
    {
        var at = status.OccurredAt;
        var moved = message with { Status = newStatus, Meta = Merge(message, status) };
        return newStatus switch
        {
            MessageStatus.Sent => moved with { SentAt = message.SentAt ?? at, ErrorCode = null, ErrorMessage = null },
            MessageStatus.Failed => moved with { FailedAt = at, ErrorCode = status.ErrorCode, ErrorMessage = status.ErrorMessage },
            // Read implies delivered; a message that was marked as failed has arrived after all, and its error is kept as earlier_error.
            _ => moved with
            {
                SentAt = message.SentAt ?? at,
                DeliveredAt = message.DeliveredAt ?? at,
                ReadAt = newStatus == MessageStatus.Read ? at : message.ReadAt,
                FailedAt = null,
                ErrorCode = null,
                ErrorMessage = null,
            },
        };
    }

    private static RawJson? Merge(Message message, StatusReceived status)
    {
        var meta = Merge(message.Meta, Charged(status));
        return message.ErrorCode is null
            ? meta
            : Merge(meta, Object(new JsonObject { ["earlier_error"] = new JsonObject { ["code"] = message.ErrorCode, ["message"] = message.ErrorMessage } }));
    }

    // The price is on few of the statuses, which may come when the tick has moved on.
    private static Message Priced(Message message, StatusReceived status)
        => status.Pricing is null || message.Pricing is not null ? message : message with { Meta = Merge(message.Meta, Charged(status)) };

    private static RawJson? Charged(StatusReceived status) => status.Pricing is { } pricing ? new($"{{\"pricing\":{pricing.Text}}}") : null;

    /// <summary>What was known with what is said now: members that are objects are merged, because conversation and pricing come apart.</summary>
    private static RawJson? Merge(RawJson? known, RawJson? said)
    {
        if (known is null || said is null) return said ?? known;
        var (merged, added) = (JsonNode.Parse(known.Value.Text)!.AsObject(), JsonNode.Parse(said.Value.Text)!.AsObject());
        foreach (var (name, value) in added)
        {
            if (value is JsonObject inner && merged[name] is JsonObject before)
                foreach (var (innerName, innerValue) in inner) before[innerName] = innerValue?.DeepClone();
            else merged[name] = value?.DeepClone();
        }
        return Object(merged);
    }

    // One reaction per person: a new one replaces it, an empty one removes it. It is not a message and opens no window. Reactions are stored
    // without their wamids, so the time of a removal is stored instead, because Meta may repeat earlier reactions.
    private string? React(ReactionReceived reaction)
    {
        if (lookup.Message(reaction.PhoneNumberId, reaction.TargetWamid, reaction.Customer) is not { } target || Loaded(target) is not { } message)
            return reaction.TargetWamid;
        var sender = reaction.FromCustomer ? SenderType.Contact : SenderType.Agent;
        var (known, emoji) = (message.Reactions.Of(sender), reaction.Emoji ?? "");
        if (known?.OccurredAt > reaction.OccurredAt || known?.Emoji == emoji || message.TakenBackAt(sender) >= reaction.OccurredAt) return null;
        transaction.Change(ChangeKind.Updated, message.With(new Reaction(emoji, sender, null, reaction.OccurredAt)));
        return null;
    }

    // Meta repeats and reorders updates: an edit older than the current one, or after the revocation, changes nothing.
    private string? Edit(MessageEdited edit) => ChangeContent(edit.PhoneNumberId, edit.TargetWamid, edit.Customer, (message, content) =>
    {
        if (content.TryGetProperty("edited_at", out var edited) && edited.GetDateTime() >= edit.OccurredAt) return null;
        var changed = JsonNode.Parse(edit.Content.Text)!.AsObject();
        changed["edited_at"] = Time(edit.OccurredAt);
        return message with { MessageType = edit.Type, Content = Object(changed) };
    });

    private string? Revoke(MessageRevoked revoke) => ChangeContent(revoke.PhoneNumberId, revoke.TargetWamid, revoke.Customer, (message, _) =>
    {
        if (message.Media is not null) _revoked.Add(message.Id);
        _withFiles.Remove(message.Id);
        return message with { Content = Object(new JsonObject { ["revoked_at"] = Time(revoke.OccurredAt) }), Media = null };
    });

    private string? ChangeContent(string? phoneNumberId, string wamid, CustomerIdentity customer, Func<Message, JsonElement, Message?> change)
    {
        if (lookup.Message(phoneNumberId, wamid, customer) is not { } target || Loaded(target) is not { } message) return wamid;
        using var content = message.Content.Parse();
        if (!content.RootElement.TryGetProperty("revoked_at", out _) && change(message, content.RootElement) is { } changed)
            Rewrite(changed);
        return null;
    }

    // The conversation list shows the last message's current content.
    private Message Rewrite(Message message)
    {
        var changed = transaction.Change(ChangeKind.Updated, message);
        transaction.Update(transaction[message.ConversationId].WithRewritten(message));
        return changed;
    }

    private static JsonNode? Time(DateTime at) => JsonSerializer.SerializeToNode(at, Wire.Options);

    private Message? Loaded(MessageRef target) => transaction.FindMessage(target.Id);

    private static RawJson Object(JsonNode node) => new(node.ToJsonString(Wire.Options));
}
