using Dapper;
using Npgsql;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

/// <summary>The SQL of the read receipts that customers are to get.</summary>
internal sealed class ReadReceiptStore(NpgsqlDataSource db, TimeProvider time) : IReadReceipts
{
    // How long the receipts of a stopped number wait until they are checked again.
    private static readonly TimeSpan StoppedWait = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public void Queue(StreamTransaction transaction, Conversation conversation, string whatsappMessageId)
    {
        const string Sql = """
            insert into read_receipts (conversation_id, whatsapp_number_id, whatsapp_message_id, due_at)
            values ($1, $2, $3, $4)
            on conflict (conversation_id) do update
            set whatsapp_message_id = excluded.whatsapp_message_id, attempts = 0, due_at = excluded.due_at
            """;

        transaction.AddStatement(new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = conversation.Id },
                new NpgsqlParameter<Guid> { TypedValue = conversation.WhatsappNumberId },
                new NpgsqlParameter<string> { TypedValue = whatsappMessageId },
                new NpgsqlParameter<DateTime> { TypedValue = transaction.Now },
            },
        });
    }

    /// <summary>Claims the oldest due receipts for this node until the lease expires; sending one twice does no harm.</summary>
    /// <param name="busy">Numbers to leave out.</param>
    public async Task<IReadOnlyList<ReadReceipt>> ClaimAsync(Guid[] busy, int limit, DateTime leaseUntil, CancellationToken cancellationToken)
    {
        const string Sql = """
            update read_receipts r
            set attempts = r.attempts + case when w.may_send then 1 else 0 end,
                due_at = case when w.may_send then @leaseUntil else @stoppedUntil end
            from (
                select r.conversation_id, n.phone_number_id, n.access_token, n.sending_stopped_at is null and n.is_active as may_send
                from read_receipts r
                join whatsapp_numbers n on n.id = r.whatsapp_number_id
                where r.due_at <= @now and r.whatsapp_number_id <> all(@busy)
                order by r.due_at
                limit @limit
                for update of r skip locked
            ) w
            where r.conversation_id = w.conversation_id
            returning r.conversation_id, r.whatsapp_number_id, r.whatsapp_message_id, r.attempts, w.phone_number_id, w.access_token, w.may_send
            """;

        var now = time.UtcNow();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ReadReceipt>(new CommandDefinition(
            Sql, new { busy, limit, now, leaseUntil, stoppedUntil = now + StoppedWait }, cancellationToken: cancellationToken));
        return [.. rows.Where(r => r.MaySend)];
    }

    /// <summary>Deletes those that are done and reschedules the others, unless a newer one has taken their place.</summary>
    public async Task FinishAsync(IReadOnlyCollection<FinishedReceipt> finished, CancellationToken cancellationToken)
    {
        const string Sql = """
            delete from read_receipts r
            using unnest(@conversations, @wamids, @again::timestamptz[]) as f (conversation_id, wamid, again_at)
            where f.again_at is null and r.conversation_id = f.conversation_id and r.whatsapp_message_id = f.wamid;

            update read_receipts r
            set due_at = f.again_at
            from unnest(@conversations, @wamids, @again::timestamptz[]) as f (conversation_id, wamid, again_at)
            where f.again_at is not null and r.conversation_id = f.conversation_id and r.whatsapp_message_id = f.wamid
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Sql, new
        {
            conversations = finished.Select(f => f.Receipt.ConversationId).ToArray(),
            wamids = finished.Select(f => f.Receipt.WhatsappMessageId).ToArray(),
            again = finished.Select(f => f.AgainAt).ToArray(),
        }, cancellationToken: cancellationToken));
    }

    /// <summary>Deletes the receipts that these contacts were to get.</summary>
    public static Task ForgetAsync(StreamTransaction transaction, Guid[] contactIds, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            "delete from read_receipts where conversation_id in (select id from conversations where contact_id = any(@contactIds))",
            new { contactIds }, transaction.Transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes a conversation's receipt, if it is of one of these messages.</summary>
    public static Task ForgetMessagesAsync(StreamTransaction transaction, Guid conversationId, string[] wamids, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            "delete from read_receipts where conversation_id = @conversationId and whatsapp_message_id = any(@wamids)",
            new { conversationId, wamids }, transaction.Transaction, cancellationToken: cancellationToken));
}

/// <summary>A customer's message that an agent has read.</summary>
internal sealed record ReadReceipt(
    Guid ConversationId, Guid WhatsappNumberId, string WhatsappMessageId, int Attempts, string PhoneNumberId, byte[] AccessToken, bool MaySend);

/// <param name="AgainAt">When to retry it; null if it is done or given up.</param>
internal sealed record FinishedReceipt(ReadReceipt Receipt, DateTime? AgainAt);
