using Dapper;
using Npgsql;
using PyTake.Accounts;
using PyTake.Database;

namespace PyTake.Conversations;

/// <summary>
/// Erases what is older than an organization keeps it (PUT /api/v1/organization): customers of whom nothing has been heard or written since, and of the
/// others their older messages.
/// </summary>
internal sealed partial class Retention(
    NpgsqlDataSource db, OrganizationStore organizations, EraseContact contacts, EraseMessages messages, TimeProvider time, ILogger<Retention> logger)
{
    private const int Most = 100;

    /// <summary>One run, for all organizations; runs as a recurring job.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var (organizationId, days) in await organizations.WithRetentionAsync(cancellationToken))
        {
            var before = time.UtcNow() - TimeSpan.FromDays(days);
            var (customers, written) = (0, 0);
            await foreach (var id in EachAsync(IdleContacts, organizationId, before, cancellationToken))
                if (await contacts.RunAsync(organizationId, id, cancellationToken)) customers++;
            await foreach (var id in EachAsync(OldConversations, organizationId, before, cancellationToken))
                written += await messages.RunAsync(id, before, cancellationToken);
            if (customers + written > 0) LogErased(customers, written, organizationId, days);
        }
    }

    private const string IdleContacts = """
        select k.id
        from contacts k
        where k.organization_id = @organizationId
          and k.id > @after
          and k.created_at < @before
          and k.updated_at < @before
          and k.erased_at is null
          and k.merged_into is null
          and not exists (
            select from conversations c
            where c.contact_id = k.id and greatest(c.created_at, c.last_message_at) >= @before)
        order by k.id
        limit @Most
        """;

    private const string OldConversations = """
        select c.id
        from conversations c
        where c.organization_id = @organizationId
          and c.id > @after
          and exists (
            select from messages m
            where m.conversation_id = c.id and m.occurred_at < @before and m.message_type <> 'erased')
        order by c.id
        limit @Most
        """;

    private async IAsyncEnumerable<Guid> EachAsync(
        string sql, Guid organizationId, DateTime before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        IReadOnlyList<Guid> page;
        do
        {
            await using (var connection = await db.OpenConnectionAsync(cancellationToken))
                page = (await connection.QueryAsync<Guid>(new CommandDefinition(
                    sql, new { organizationId, before, after, Most }, cancellationToken: cancellationToken))).AsList();
            foreach (var id in page) yield return after = id;
        }
        while (page.Count == Most);
    }

    [LoggerMessage(2072, LogLevel.Information, "{Customers} customers and {Messages} messages of organization {OrganizationId} were older than {Days} days and were erased")]
    private partial void LogErased(int customers, int messages, Guid organizationId, int days);
}
