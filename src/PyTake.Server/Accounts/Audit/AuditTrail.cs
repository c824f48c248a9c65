using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>
/// Records who did what (CONTRACT, section 7), for as long as <see cref="AccountOptions.AuditDays"/>: once with what it records, in its transaction,
/// where there is one. Details are facts that an administrator may read: no passwords, tokens or secrets, and nothing that customers wrote.
/// </summary>
public sealed class AuditTrail(NpgsqlDataSource db, IOptions<AccountOptions> options, TimeProvider time)
{
    private long _lastId;

    /// <summary>Records an event in the transaction of what was done.</summary>
    /// <param name="action">One of <see cref="AuditAction"/>.</param>
    /// <param name="subject">The id of what it was done to.</param>
    /// <param name="details">An object whose members become JSON, such as <c>new { role }</c>.</param>
    public Task RecordAsync(
        NpgsqlTransaction transaction, Actor actor, string action, string? subject, object? details, CancellationToken cancellationToken)
        => InsertAsync(transaction.Connection!, transaction, actor, action, subject, details, cancellationToken);

    /// <summary>Records an event that has no transaction.</summary>
    /// <inheritdoc cref="RecordAsync(NpgsqlTransaction, Actor, string, string?, object?, CancellationToken)"/>
    public async Task RecordAsync(Actor actor, string action, string? subject, object? details, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await InsertAsync(connection, null, actor, action, subject, details, cancellationToken);
    }

    /// <summary>A page of an organization's events, newest first.</summary>
    /// <param name="before">The id of the last event of the page before.</param>
    internal async Task<IReadOnlyList<AuditEvent>> ListAsync(
        Guid organizationId, Guid? before, Guid? actorId, string? action, int limit, CancellationToken cancellationToken)
    {
        const string Sql = """
            select e.id, e.created_at, e.actor_id, u.full_name as actor_name, e.action, e.subject, e.address, e.details
            from audit_events e
            left join users u on u.id = e.actor_id and u.organization_id = e.organization_id
            where e.organization_id = @organizationId
              and (@before::uuid is null or e.id < @before)
              and (@actorId::uuid is null or e.actor_id = @actorId)
              and (@action::text is null or e.action = @action)
            order by e.id desc
            limit @limit
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<AuditEvent>(new CommandDefinition(
            Sql, new { organizationId, before, actorId, action, limit }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Deletes what is older than it is kept; runs as a recurring job.</summary>
    internal async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        const int BatchSize = 1_000;
        const string Sql = """
            delete from audit_events
            where id in (select id from audit_events where created_at < @longAgo order by created_at limit @BatchSize)
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var longAgo = time.UtcNow() - TimeSpan.FromDays(options.Value.AuditDays);
        while (await connection.ExecuteAsync(new CommandDefinition(Sql, new { longAgo, BatchSize }, cancellationToken: cancellationToken)) == BatchSize)
        {
        }
    }

    // Ids know only milliseconds; those of a node ascend in the order of what it records even so.
    private Guid NextId(DateTime now)
    {
        var milliseconds = new DateTimeOffset(now).ToUnixTimeMilliseconds();
        long last, next;
        do
        {
            last = Volatile.Read(ref _lastId);
            next = Math.Max(milliseconds, last + 1);
        }
        while (Interlocked.CompareExchange(ref _lastId, next, last) != last);
        return Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(next));
    }

    private Task<int> InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Actor actor, string action, string? subject, object? details,
        CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into audit_events (id, organization_id, actor_id, action, subject, address, details, created_at)
            values (@id, coalesce(@OrganizationId, (select id from organizations where is_operating)), @UserId, @action, @subject, @Address, @details::jsonb, @now)
            """;

        var now = time.UtcNow();
        return connection.ExecuteAsync(new CommandDefinition(
            Sql, new
            {
                id = NextId(now), actor.OrganizationId, actor.UserId, action, subject, actor.Address,
                details = details is null ? RawJson.EmptyObject.Text : RawJson.Of(details).Text, now,
            }, transaction, cancellationToken: cancellationToken));
    }
}

/// <summary>An event of the audit trail, as REST returns it.</summary>
/// <param name="ActorId">The user who did it; null where that is not known.</param>
/// <param name="ActorName">The name that the user has now.</param>
/// <param name="Action">One of <see cref="AuditAction"/>.</param>
/// <param name="Subject">The id of what it was done to.</param>
/// <param name="Address">The network address that the request came from.</param>
public sealed record AuditEvent(
    Guid Id, DateTime CreatedAt, Guid? ActorId, string? ActorName, string Action, string? Subject, string? Address, RawJson Details);
