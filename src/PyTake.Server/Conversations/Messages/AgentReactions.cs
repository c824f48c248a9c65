using Dapper;

namespace PyTake.Conversations;

/// <summary>
/// Keeps the agents' reaction to a message the same as in WhatsApp: a reaction that could not be sent is removed again, and the one that
/// it replaced is restored. The caller must have locked the conversations.
/// </summary>
internal static class AgentReactions
{
    /// <summary>Removes a failed reaction from its target message, unless another has replaced it. Ignores messages of other types.</summary>
    public static async Task WithdrawAsync(StreamTransaction transaction, Message failed, CancellationToken cancellationToken)
    {
        if (await TargetAsync(transaction, failed, cancellationToken) is not { } target || ShownSince(target) != failed.CreatedAt) return;
        var before = await LastAsync(transaction, failed, cancellationToken);
        Show(transaction, target, before is null ? new Reaction("", SenderType.Agent, null, failed.CreatedAt) : Of(before));
    }

    /// <summary>Shows a failed reaction again when it is retried.</summary>
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

    // A reaction has the time of the message that carried it, so the time identifies it.
    private static DateTime? ShownSince(Message target) => target.Reactions.Of(SenderType.Agent)?.OccurredAt ?? target.TakenBackAt(SenderType.Agent);

    // The latest other reaction to the same message that did not fail, including this transaction's changes.
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
