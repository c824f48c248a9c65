using Dapper;
using Npgsql;

namespace PyTake.Conversations;

/// <summary>Lists, finds and changes the customers of an organization.</summary>
internal sealed class Contacts(NpgsqlDataSource db, ConversationStreams streams)
{
    /// <summary>A page of contacts, newest first; null if the organization has no contact <paramref name="before"/>.</summary>
    /// <remarks>
    /// The SQL contains only the conditions that apply: with optional parameters PostgreSQL plans for all cases at once, and reads every
    /// contact instead of using the index.
    /// </remarks>
    /// <param name="search">Words of a name or number; null for all.</param>
    /// <param name="before">The last contact of the previous page.</param>
    public async Task<ContactPage?> PageAsync(
        Guid organizationId, SearchTerms? search, Guid? before, int skip, int limit, CancellationToken cancellationToken)
    {
        const string CreatedAt = "select created_at from contacts where organization_id = @organizationId and id = @before";
        var matching = $"""
            from contacts k
            where k.organization_id = @organizationId and k.merged_into is null and k.erased_at is null
              {(search is null ? "" : $"and {SearchTerms.OfContact}")}
            """;
        var sql = $"""
            select count(*)
            {matching};
            select {ConversationColumns.OfContact}
            {matching}
              {(before is null ? "" : "and (k.created_at, k.id) < (@createdAt, @before)")}
            order by k.created_at desc, k.id desc
            limit @limit
            offset @skip
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var createdAt = before is null ? null : await connection.QuerySingleOrDefaultAsync<DateTime?>(
            new CommandDefinition(CreatedAt, new { organizationId, before }, cancellationToken: cancellationToken));
        if (before is not null && createdAt is null) return null;
        await using var results = await connection.QueryMultipleAsync(
            new CommandDefinition(sql, new
            {
                organizationId, createdAt, before, skip, limit, search?.Patterns, IsNumber = search?.IsNumber ?? false,
            }, cancellationToken: cancellationToken));
        var total = await results.ReadSingleAsync<long>();
        var contacts = (await results.ReadAsync<Contact>()).AsList();
        var count = AnswerSize.Fitting(contacts, AnswerSize.Of);
        return new ContactPage(total, contacts[..count], count < contacts.Count || count == limit ? contacts[count - 1].Id : null);
    }

    public async Task<Contact?> FindAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {ConversationColumns.OfContact}
            from contacts k
            where k.organization_id = @organizationId and k.id = @id and k.merged_into is null and k.erased_at is null
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Contact>(
            new CommandDefinition(Sql, new { organizationId, id }, cancellationToken: cancellationToken));
    }

    /// <summary>Changes the given fields, and updates all of the contact's conversations in the list, which show them.</summary>
    /// <remarks>Locks the conversations before the contact's row, in the same order as incoming messages, to avoid deadlocks.</remarks>
    public async Task<Contact?> ChangeAsync(Guid organizationId, Guid id, ContactChange change, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(cancellationToken);
        var conversations = await ConversationStore.OfContactAsync(transaction, organizationId, id, cancellationToken);
        await transaction.LockAsync(conversations, cancellationToken);
        if (await ContactStore.ChangeAsync(transaction, organizationId, id, change, cancellationToken) is not { } contact) return null;

        foreach (var conversation in conversations) transaction.Update(transaction[conversation]);
        await transaction.CommitAsync(cancellationToken);
        return contact;
    }
}

/// <param name="Total">How many there are on all pages.</param>
/// <param name="Next">The cursor of the next page; null on the last one, unless that is full.</param>
internal sealed record ContactPage(long Total, IReadOnlyList<Contact> Items, Guid? Next);
