using System.Text.Json;
using Dapper;
using Npgsql;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// Everything that is kept of a customer, as JSON, written as it is read. Rows are given whole, with the names of their columns, so that nothing is
/// forgotten when a column is added. Files are named by their messages.
/// </summary>
public sealed class ExportContact(NpgsqlDataSource db, IEnumerable<ICustomerRecords> records, TimeProvider time)
{
    private const int PageSize = 200;

    /// <summary>A customer of the organization; null if there is none.</summary>
    public async Task<Customer?> FindAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await ContactStore.CustomerAsync(connection, null, organizationId, id, cancellationToken);
    }

    /// <summary>Writes {exported_at, contacts[], identities[], conversations[{conversation, messages[]}]}, and what features add. No connection is held while it is sent.</summary>
    public async Task WriteAsync(Customer customer, Stream output, CancellationToken cancellationToken)
    {
        await using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = Wire.Options.Encoder, Indented = true });
        writer.WriteStartObject();
        writer.WriteString("exported_at", time.GetUtcNow().UtcDateTime);
        await WriteAsync(writer, "contacts", "select to_jsonb(k)::text from contacts k where k.id = any(@ContactIds) order by k.id", customer, cancellationToken);
        await WriteAsync(writer, "identities",
            "select to_jsonb(i)::text from contact_identities i where i.contact_id = any(@ContactIds) order by i.kind, i.value", customer, cancellationToken);
        writer.WriteStartArray("conversations");
        foreach (var (id, conversation) in await ConversationsAsync(customer, cancellationToken))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("conversation");
            writer.WriteRawValue(conversation);
            await WriteMessagesAsync(writer, id, cancellationToken);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        foreach (var record in records)
            foreach (var (name, value) in await record.FindAsync(customer, cancellationToken))
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(value.Text);
            }
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
    }

    private async Task WriteAsync(Utf8JsonWriter writer, string name, string sql, object parameters, CancellationToken cancellationToken)
    {
        writer.WriteStartArray(name);
        foreach (var row in await QueryAsync<string>(sql, parameters, cancellationToken)) writer.WriteRawValue(row);
        writer.WriteEndArray();
    }

    private Task<IReadOnlyList<(Guid Id, string Row)>> ConversationsAsync(Customer customer, CancellationToken cancellationToken)
        => QueryAsync<(Guid, string)>("""
            select c.id, to_jsonb(c)::text
            from conversations c
            where c.contact_id = any(@ContactIds)
              and c.organization_id = @OrganizationId
            order by c.created_at, c.id
            """, customer, cancellationToken);

    private async Task WriteMessagesAsync(Utf8JsonWriter writer, Guid conversationId, CancellationToken cancellationToken)
    {
        // By a place that no change moves.
        const string Sql = """
            select m.id, m.occurred_at, to_jsonb(m)::text
            from messages m
            where m.conversation_id = @conversationId
              and m.occurred_at >= @after
              and (m.occurred_at, m.id) > (@after, @lastId)
            order by m.occurred_at, m.id
            limit @PageSize
            """;

        writer.WriteStartArray("messages");
        var (after, lastId) = (DateTime.UnixEpoch.AddYears(-1000), Guid.Empty);
        IReadOnlyList<(Guid Id, DateTime At, string Row)> page;
        do
        {
            page = await QueryAsync<(Guid, DateTime, string)>(Sql, new { conversationId, after, lastId, PageSize }, cancellationToken);
            foreach (var (id, at, row) in page)
            {
                writer.WriteRawValue(row);
                (after, lastId) = (at, id);
            }
            await writer.FlushAsync(cancellationToken);
        }
        while (page.Count == PageSize);
        writer.WriteEndArray();
    }

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))).AsList();
    }
}
