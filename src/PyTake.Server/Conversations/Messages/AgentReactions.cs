using Dapper;

namespace PyTake.Conversations;

/// <summary>
/// Keeps what a message shows as the agents' reaction true to what WhatsApp shows: one that could not be sent is gone again, and the one whose
/// place it took is back. Conversations are held by the caller.
/// </summary>
internal static class AgentReactions
{
    /// <summary>Takes a reaction that failed off the message it was for; nothing where another has taken its place, or for other messages.</summary>
    public static async Task WithdrawAsync(StreamTransaction transaction, Message failed, CancellationToken cancellationToken)
    {
        if (await TargetAsync(transaction, failed, cancellationToken) is not { } target || ShownSince(target) != failed.CreatedAt) return;
        var before = await LastAsync(transaction, failed, cancellationToken);
        Show(transaction, target, before is null ? new Reaction("", SenderType.Agent, null, failed.CreatedAt) : Of(before));
    }

    /// <summary>Shows a reaction that is on its way once more.</summary>
    public static async Task ShowAsync(StreamTransaction transaction, Message pending, CancellationToken cancellationToken)
    {
        if (await TargetAsync(transaction, pending, cancellationToken) is { } target) Show(transaction, target, Of(pending));
    }

    private static void Show(StreamTransaction transaction, Message target, Reaction reaction)
        => transaction.Change(ChangeKind.Updated, target.With(reaction));

    private static async Task<Message?> TargetAsync(StreamTransaction transaction, Message reaction, CancellationToken cancellationToken)
        => reaction is { MessageType: MessageType.Reaction, ReplyToMessageId: { } id } && await transaction.LoadAsync([id], cancellationToken) is [var target]
            ? target
            : null;

    // A reaction has the time of the message that sent it.
    private static DateTime? ShownSince(Message target) => target.Reactions.Of(SenderType.Agent)?.OccurredAt ?? target.TakenBackAt(SenderType.Agent);

    // The latest of the others to the same message that was not refused, as this transaction leaves them.
    private static async Task<Message?> LastAsync(StreamTransaction transaction, Message failed, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id
            from messages
            where conversation_id = @ConversationId
              and reply_to_message_id = @ReplyToMessageId
              and message_type = 'reaction'
              and id <> @Id
            order by created_seq desc
            """;

        var ids = await transaction.Connection.QueryAsync<Guid>(new CommandDefinition(
            Sql, new { failed.ConversationId, failed.ReplyToMessageId, failed.Id }, transaction.Transaction, cancellationToken: cancellationToken));
        return (await transaction.LoadAsync([.. ids], cancellationToken)).FirstOrDefault(m => m.Status != MessageStatus.Failed);
    }

    private static Reaction Of(Message reaction)
    {
        using var content = reaction.Content.Parse();
        return new(content.RootElement.GetProperty("emoji").GetString()!, SenderType.Agent, reaction.SenderUserId, reaction.CreatedAt);
    }
}
