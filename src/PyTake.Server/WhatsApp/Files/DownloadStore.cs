using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Files;

/// <summary>The SQL of the files that are to be fetched from WhatsApp.</summary>
internal sealed class DownloadStore(NpgsqlDataSource db, TimeProvider time)
{
    /// <summary>Queues the files of messages, when the transaction commits. A message whose content has only come now begins anew.</summary>
    public static NpgsqlBatchCommand Queue(IReadOnlyList<(Message Message, Conversation Conversation)> messages, DateTime now)
    {
        var command = new NpgsqlBatchCommand("""
            insert into media_downloads (message_id, organization_id, conversation_id, whatsapp_number_id, due_at)
            select n.message_id, n.organization_id, n.conversation_id, n.whatsapp_number_id, $5
            from unnest($1, $2, $3, $4) as n (message_id, organization_id, conversation_id, whatsapp_number_id)
            on conflict (message_id) do update set due_at = excluded.due_at, attempts = 0, claim_id = null, error = null
            """);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.Message.Id);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.Conversation.OrganizationId);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.Conversation.Id);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.Conversation.WhatsappNumberId);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
        return command;
    }

    /// <summary>Drops the files of messages that are gone for their readers.</summary>
    public static NpgsqlBatchCommand Drop(Guid[] messageIds)
    {
        var command = new NpgsqlBatchCommand("delete from media_downloads where message_id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = messageIds });
        return command;
    }

    /// <summary>Claims files that are due, of all numbers in turn, for this node until the lease expires.</summary>
    /// <param name="mine">Messages whose files this node is fetching.</param>
    /// <param name="room">How many more of a number this node may fetch, of numbers of which it fetches some.</param>
    /// <param name="perNumber">The same for all others.</param>
    public async Task<IReadOnlyList<Download>> ClaimAsync(
        Guid[] mine, IReadOnlyDictionary<Guid, int> room, int perNumber, int limit, DateTime leaseUntil, CancellationToken cancellationToken)
    {
        // The numbers by a skip scan, so that one with a million files costs no more than one with one.
        const string Sql = """
            with recursive numbers as (
                (select d.whatsapp_number_id as id from media_downloads d order by d.whatsapp_number_id limit 1)
                union all
                select (select d.whatsapp_number_id from media_downloads d where d.whatsapp_number_id > n.id order by d.whatsapp_number_id limit 1)
                from numbers n
                where n.id is not null
            ), candidates as (
                select due.message_id
                from numbers n
                left join unnest(@numbers, @free) as known (number, free) on known.number = n.id
                cross join lateral (
                    select d.message_id, row_number() over (order by d.due_at) as place
                    from (
                        select message_id, due_at
                        from media_downloads
                        where whatsapp_number_id = n.id and due_at <= @now and message_id <> all(@mine)
                        order by due_at
                        limit coalesce(known.free, @perNumber)
                    ) d
                ) due
                where n.id is not null
                order by due.place
                limit @limit
            ), claimed as (
                update media_downloads d
                set attempts = d.attempts + 1, due_at = @leaseUntil, claim_id = @claimId
                where d.message_id = any(array(
                    select q.message_id
                    from media_downloads q
                    where q.message_id = any(array(select message_id from candidates)) and q.due_at <= @now
                    for update skip locked
                ))
                returning d.*
            )
            select c.message_id, c.claim_id, c.organization_id, c.conversation_id, c.whatsapp_number_id, c.attempts,
                m.message_type, m.content ->> 'media_id' as meta_id, m.content ->> 'sha256' as sha256, m.content ->> 'mime_type' as mime_type,
                coalesce(m.occurred_at, @now) as occurred_at, coalesce(m.created_at, @now) as received_at, w.phone_number_id, w.access_token
            from claimed c
            left join messages m on m.id = c.message_id and m.media is not null
            left join whatsapp_numbers w on w.id = c.whatsapp_number_id and w.is_active
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Download>(new CommandDefinition(Sql, new
        {
            mine,
            numbers = room.Keys.ToArray(),
            free = room.Values.ToArray(),
            perNumber,
            limit,
            now = time.UtcNow(),
            leaseUntil,
            claimId = Guid.CreateVersion7(),
        }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Renews the leases of what this node fetches.</summary>
    public Task RenewAsync(IReadOnlyCollection<Download> downloads, DateTime leaseUntil, CancellationToken cancellationToken)
    {
        const string Sql = """
            update media_downloads d
            set due_at = @leaseUntil
            from unnest(@messages, @claims) as n (message_id, claim_id)
            where d.message_id = n.message_id and d.claim_id = n.claim_id
            """;
        return ExecuteAsync(
            Sql, new { messages = downloads.Select(d => d.MessageId).ToArray(), claims = downloads.Select(d => d.ClaimId).ToArray(), leaseUntil }, cancellationToken);
    }

    /// <summary>Has a file tried again at that time, if it is still this node's.</summary>
    /// <param name="attempts">How many there were.</param>
    public Task PostponeAsync(Download download, DateTime dueAt, int attempts, string error, CancellationToken cancellationToken)
    {
        const string Sql = """
            update media_downloads
            set due_at = @dueAt, attempts = @attempts, error = @error, claim_id = null
            where message_id = @MessageId and claim_id = @ClaimId
            """;
        return ExecuteAsync(Sql, new { download.MessageId, download.ClaimId, dueAt, attempts, error }, cancellationToken);
    }

    /// <summary>Ends a file in the transaction that writes what became of it.</summary>
    /// <returns>False if it is another node's by now: nothing may be written then.</returns>
    public static async Task<bool> EndAsync(StreamTransaction transaction, Download download, CancellationToken cancellationToken)
        => await transaction.Connection.ExecuteAsync(new CommandDefinition(
            "delete from media_downloads where message_id = @MessageId and claim_id = @ClaimId",
            new { download.MessageId, download.ClaimId }, transaction.Transaction, cancellationToken: cancellationToken)) == 1;

    /// <summary>Queues what nothing has queued: the files of messages that a node of the version before has stored.</summary>
    /// <returns>How many.</returns>
    public Task<int> QueueForgottenAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into media_downloads (message_id, organization_id, conversation_id, whatsapp_number_id, due_at)
            select m.id, m.organization_id, m.conversation_id, m.whatsapp_number_id, @now
            from messages m
            where m.media ->> 'state' = 'pending' and not exists (select from media_downloads d where d.message_id = m.id)
            limit 1000
            on conflict do nothing
            """;
        return ExecuteAsync(Sql, new { now = time.UtcNow() }, cancellationToken);
    }

    private async Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}
