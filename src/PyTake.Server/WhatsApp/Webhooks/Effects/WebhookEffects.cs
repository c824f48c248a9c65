using System.Text.Json;
using System.Text.Json.Nodes;
using PyTake.Conversations;
using PyTake.Json;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>What each kind of update does to the conversations that the transaction holds.</summary>
internal sealed class WebhookEffects(StreamTransaction transaction, CustomerLookup lookup)
{
    private readonly List<Guid> _settled = [];
    private readonly List<string> _arrived = [];
    private readonly List<Guid> _optedOut = [];
    private readonly List<Message> _failed = [];
    private int _place;

    /// <summary>Applies one update.</summary>
    /// <returns>The wamid of a message that it is about and that is not here; null where it is done.</returns>
    public string? Apply(WebhookUpdate update) => update switch
    {
        MessageReceived message => Receive(message),
        StatusReceived status => Tick(status),
        ReactionReceived reaction => React(reaction),
        MessageEdited edit => Edit(edit),
        MessageRevoked revoke => Revoke(revoke),
        _ => null,
    };

    /// <summary>What follows from all of them: the outbox forgets what Meta has answered for, and waiting items are set going.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await OutboundStore.RemoveAnsweredAsync(transaction, [.. _settled], cancellationToken);
        foreach (var message in _failed) await AgentReactions.WithdrawAsync(transaction, message, cancellationToken);
        await Contacts.OptOutAsync(transaction, [.. _optedOut], cancellationToken);
        if (_arrived.Count > 0) transaction.Also(WaitingItems.Arrived(_arrived));
    }

    private string? Receive(MessageReceived received)
    {
        if (lookup.Message(received.PhoneNumberId, received.Wamid) is { } known)
        {
            Complete(known, received);
            return null;
        }
        var number = lookup.Number(received.PhoneNumberId)!.Value;
        var contact = lookup.Contacts(number.OrganizationId, received.Customer)[0];
        var conversation = transaction.Find(lookup.Conversation(contact, number.Id)!.Value);
        // Closed since it was looked up: the message begins another.
        if (conversation is null || !conversation.IsActive() && !received.Historic) throw new RacedException();

        var message = transaction.Add(Draft(received, conversation.Id), quiet: received.Historic);
        lookup.AddMessage(received.PhoneNumberId!, received.Wamid, new(message.Id, message.ConversationId));
        _arrived.Add(received.Wamid);
        return null;
    }

    // Order of arrival is kept where Meta's seconds are equal: created_at grows by a microsecond within a batch.
    private Message Draft(MessageReceived received, Guid conversation)
    {
        var created = transaction.Now.AddMicroseconds(_place++);
        return new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversation,
            Direction = received.FromCustomer ? Direction.Inbound : Direction.Outbound,
            SenderType = received.FromCustomer ? SenderType.Contact : SenderType.Agent,
            MessageType = received.Type,
            Content = received.Content,
            Status = received.FromCustomer ? MessageStatus.Received : MessageStatus.Sent,
            SentAt = received.FromCustomer ? null : received.OccurredAt,
            WhatsappMessageId = received.Wamid,
            ReplyToMessageId = lookup.Message(received.PhoneNumberId, received.ReplyTo)?.Id,
            ReplyToWhatsappMessageId = received.ReplyTo,
            OccurredAt = received.OccurredAt,
            CreatedAt = created,
            Media = received.MediaId is null ? null : Media(received),
            Meta = received.Meta,
        };
    }

    private static RawJson Media(MessageReceived received) => Object(new JsonObject
    {
        ["state"] = "pending", ["mime_type"] = received.MimeType, ["filename"] = received.FileName,
    });

    // What first came without its content (131060) may come again with it; any other repetition changes nothing.
    private void Complete(MessageRef known, MessageReceived received)
    {
        if (Loaded(known) is { MessageType: MessageType.Unsupported } message && received.Type != MessageType.Unsupported)
            Rewrite(message with
            {
                MessageType = received.Type,
                Content = received.Content,
                Media = received.MediaId is null ? null : Media(received),
            });
    }

    private string? Tick(StatusReceived status)
    {
        if ((lookup.Message(status.PhoneNumberId, status.Wamid) ?? lookup.Named(status)) is not { } target || Loaded(target) is not { } message)
            return status.Wamid;
        // In a group everybody ticks; the message's own state is not one participant's.
        if (message.Direction != Direction.Outbound || status.ParticipantId is not null) return null;
        // Under another wamid than the message has: an earlier attempt's, which an agent has followed up since. Its failure is not this one's.
        if (status.Status == MessageStatus.Failed && message.WhatsappMessageId is { } wamid && wamid != status.Wamid) return null;

        var named = message.WhatsappMessageId is null ? message with { WhatsappMessageId = status.Wamid } : message;
        var word = status.Status == "played" ? MessageStatus.Read : status.Status;
        if (word is MessageStatus.Sent or MessageStatus.Delivered or MessageStatus.Read or MessageStatus.Failed && MessageStatus.MayBecome(message.Status, word))
            Learn(transaction.Change(ChangeKind.Status, Moved(named, word, status)));
        else if (named != message)
            transaction.Change(ChangeKind.Status, named);
        if (message.WhatsappMessageId is null)
        {
            // Meta has it, whatever became of our request.
            _settled.Add(message.Id);
            lookup.AddMessage(status.PhoneNumberId!, status.Wamid, target);
        }
        return null;
    }

    // What a failure says: of most, Meta tells here and not in its answer to the request.
    private void Learn(Message moved)
    {
        var conversation = transaction[moved.ConversationId];
        if (moved.ErrorCode.IsCode(GraphErrors.WindowClosed) && !(conversation.LastInboundAt > (moved.SentAt ?? moved.OccurredAt)))
            transaction.Update(conversation.WithShutWindow(transaction.Now));
        if (moved.ErrorCode.IsCode(GraphErrors.OptedOut)) _optedOut.Add(conversation.ContactId);
        if (moved.Status == MessageStatus.Failed) _failed.Add(moved);
    }

    private static Message Moved(Message message, string word, StatusReceived status)
    {
        var at = status.OccurredAt;
        var moved = message with { Status = word, Meta = Merge(message, status) };
        return word switch
        {
            MessageStatus.Sent => moved with { SentAt = message.SentAt ?? at },
            MessageStatus.Failed => moved with { FailedAt = at, ErrorCode = status.ErrorCode, ErrorMessage = status.ErrorMessage },
            // Read implies delivered; what was called failed has arrived after all, and its error is history.
            _ => moved with
            {
                SentAt = message.SentAt ?? at,
                DeliveredAt = message.DeliveredAt ?? at,
                ReadAt = word == MessageStatus.Read ? at : message.ReadAt,
                FailedAt = null,
                ErrorCode = null,
                ErrorMessage = null,
            },
        };
    }

    private static RawJson? Merge(Message message, StatusReceived status)
    {
        if (status.Pricing is null && message.ErrorCode is null) return message.Meta;
        var meta = message.Meta is { } known ? JsonNode.Parse(known.Text)!.AsObject() : [];
        if (status.Pricing is { } pricing) meta["pricing"] = JsonNode.Parse(pricing.Text);
        if (message.ErrorCode is not null)
            meta["earlier_error"] = new JsonObject { ["code"] = message.ErrorCode, ["message"] = message.ErrorMessage };
        return Object(meta);
    }

    // One reaction per person: a new one replaces it, none takes it away. It makes no bubble and opens no window. Reactions are not kept
    // by their wamids, so when one was taken back must be: Meta repeats the ones before.
    private string? React(ReactionReceived reaction)
    {
        if (lookup.Message(reaction.PhoneNumberId, reaction.TargetWamid) is not { } target || Loaded(target) is not { } message)
            return reaction.TargetWamid;
        var sender = reaction.FromCustomer ? SenderType.Contact : SenderType.Agent;
        var (known, emoji) = (message.Reactions.Of(sender), reaction.Emoji ?? "");
        if (known?.OccurredAt > reaction.OccurredAt || known?.Emoji == emoji || message.TakenBackAt(sender) >= reaction.OccurredAt) return null;
        transaction.Change(ChangeKind.Updated, message.With(new Reaction(emoji, sender, null, reaction.OccurredAt)));
        return null;
    }

    // Meta repeats and reorders: an edit older than what stands, or after the revocation, changes nothing.
    private string? Edit(MessageEdited edit) => ChangeContent(edit.PhoneNumberId, edit.TargetWamid, (message, content) =>
    {
        if (content.TryGetProperty("edited_at", out var edited) && edited.GetDateTime() >= edit.OccurredAt) return null;
        var changed = JsonNode.Parse(edit.Content.Text)!.AsObject();
        changed["edited_at"] = Time(edit.OccurredAt);
        return message with { MessageType = edit.Type, Content = Object(changed) };
    });

    private string? Revoke(MessageRevoked revoke) => ChangeContent(revoke.PhoneNumberId, revoke.TargetWamid, (message, _) =>
        message with { Content = Object(new JsonObject { ["revoked_at"] = Time(revoke.OccurredAt) }), Media = null });

    private string? ChangeContent(string? phoneNumberId, string wamid, Func<Message, JsonElement, Message?> change)
    {
        if (lookup.Message(phoneNumberId, wamid) is not { } target || Loaded(target) is not { } message) return wamid;
        using var content = message.Content.Parse();
        if (!content.RootElement.TryGetProperty("revoked_at", out _) && change(message, content.RootElement) is { } changed)
            Rewrite(changed);
        return null;
    }

    // The list shows a conversation's last message as it reads now.
    private void Rewrite(Message message)
    {
        transaction.Change(ChangeKind.Updated, message);
        transaction.Update(transaction[message.ConversationId].WithRewritten(message));
    }

    private static JsonNode? Time(DateTime at) => JsonSerializer.SerializeToNode(at, Wire.Options);

    private Message? Loaded(MessageRef target) => transaction.FindMessage(target.Id);

    private static RawJson Object(JsonNode node) => new(node.ToJsonString(Wire.Options));
}
