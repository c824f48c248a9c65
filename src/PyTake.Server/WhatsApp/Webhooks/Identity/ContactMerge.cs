using Dapper;
using PyTake.Conversations;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Merges two contacts that are one person: the one that stays gets everything from the other.</summary>
internal static class ContactMerge
{
    /// <summary>
    /// Moves keys, conversations, unsent messages, and values that only the other has. If both have an open conversation with a number, the
    /// other's is closed.
    /// </summary>
    public static async Task RunAsync(StreamTransaction transaction, Guid stays, Guid goes, CancellationToken cancellationToken)
    {
        const string Sql = """
            update conversations c
            set status = 'closed', closed_at = @now
            where c.contact_id = @goes and c.status in ('open', 'pending')
              and exists (
                select from conversations o
                where o.contact_id = @stays and o.whatsapp_number_id = c.whatsapp_number_id and o.status in ('open', 'pending'));

            update contact_identities set contact_id = @stays where contact_id = @goes;
            update contacts set merged_into = @stays, updated_at = @now where id = @goes;
            update contacts s
            set name = coalesce(s.name, g.name), profile_name = coalesce(s.profile_name, g.profile_name),
                tags = array(select distinct unnest(s.tags || g.tags)), attributes = g.attributes || s.attributes,
                opted_out_at = coalesce(s.opted_out_at, g.opted_out_at), updated_at = @now
            from contacts g
            where s.id = @stays and g.id = @goes;
            update conversations set contact_id = @stays where contact_id = @goes returning id
            """;

        var parameters = new { stays, goes, now = transaction.Now };
        var moved = (await transaction.Connection.QueryAsync<Guid>(
            new CommandDefinition(Sql, parameters, transaction.Transaction, cancellationToken: cancellationToken))).AsList();
        await OutboundStore.MoveAsync(transaction, goes, stays, cancellationToken);
        await transaction.LockAsync(moved, cancellationToken);
        foreach (var id in moved) transaction.Update(transaction[id]);
    }
}
