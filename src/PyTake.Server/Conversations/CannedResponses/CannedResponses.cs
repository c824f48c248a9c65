using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Conversations;

/// <summary>A text that agents send often and insert by its short code.</summary>
public sealed record CannedResponse(Guid Id, string ShortCode, string Text, DateTime CreatedAt, DateTime UpdatedAt);

/// <summary>The SQL of an organization's canned responses.</summary>
internal sealed class CannedResponses(NpgsqlDataSource db, TimeProvider time)
{
    /// <summary>How many an organization may have: all are in one answer, which they must not make larger than any other (<see cref="AnswerSize"/>).</summary>
    public const int Most = 300;

    public async Task<IReadOnlyList<CannedResponse>> ListAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, short_code, text, created_at, updated_at
            from canned_responses
            where organization_id = @organizationId
            order by short_code
            limit 2 * @Most
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<CannedResponse>(
            new CommandDefinition(Sql, new { organizationId, Most }, cancellationToken: cancellationToken))).AsList();
    }

    /// <returns>Null if the organization already has one with this code, or as many as it may have.</returns>
    public async Task<CannedResponse?> AddAsync(Guid organizationId, string shortCode, string text, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into canned_responses (id, organization_id, short_code, text, created_at, updated_at)
            select @id, @organizationId, @shortCode, @text, @now, @now
            where (select count(*) from canned_responses where organization_id = @organizationId) < @Most
            on conflict do nothing
            returning id, short_code, text, created_at, updated_at
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<CannedResponse>(new CommandDefinition(
            Sql, new { id = Guid.CreateVersion7(), organizationId, shortCode, text, Most, now = time.UtcNow() }, cancellationToken: cancellationToken));
    }

    /// <summary>A null argument leaves its field as it is.</summary>
    public async Task<CannedResponseSaved> ChangeAsync(Guid organizationId, Guid id, string? shortCode, string? text, CancellationToken cancellationToken)
    {
        const string Sql = """
            update canned_responses
            set short_code = coalesce(@shortCode, short_code), text = coalesce(@text, text), updated_at = @now
            where organization_id = @organizationId and id = @id
            returning id, short_code, text, created_at, updated_at
            """;

        const string Taken = """
            select exists (
                select from canned_responses
                where organization_id = @organizationId and short_code = @shortCode and id <> @id)
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        if (await connection.ExecuteScalarAsync<bool>(
            new CommandDefinition(Taken, new { organizationId, shortCode, id }, cancellationToken: cancellationToken))) return new CannedResponseSaved.Taken();
        try
        {
            return await connection.QuerySingleOrDefaultAsync<CannedResponse>(new CommandDefinition(
                Sql, new { organizationId, id, shortCode, text, now = time.UtcNow() }, cancellationToken: cancellationToken)) is { } response
                ? new CannedResponseSaved.Done(response)
                : new CannedResponseSaved.Missing();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another request took the code after the check above.
            return new CannedResponseSaved.Taken();
        }
    }

    public async Task<bool> DeleteAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            "delete from canned_responses where organization_id = @organizationId and id = @id",
            new { organizationId, id }, cancellationToken: cancellationToken)) > 0;
    }
}

/// <summary>The result of saving a canned response.</summary>
internal abstract record CannedResponseSaved
{
    public sealed record Done(CannedResponse Response) : CannedResponseSaved;
    public sealed record Missing : CannedResponseSaved;
    public sealed record Taken : CannedResponseSaved;
}
