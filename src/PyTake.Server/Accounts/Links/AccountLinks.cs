using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Links that make whoever has them a user, once: to answer an invitation, or to set a new password. Only the hashes of their tokens are stored.
/// </summary>
internal sealed class AccountLinks(NpgsqlDataSource db, TimeProvider time)
{
    public const string Invitation = "invitation";
    public const string Reset = "reset";

    private static readonly TimeSpan InvitationLifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan ResetLifetime = TimeSpan.FromHours(1);

    /// <summary>Makes a link's token. The former link of the same kind, if there is one, leads nowhere from now on.</summary>
    /// <param name="transaction">The caller's.</param>
    /// <param name="userId">Whom it is for.</param>
    /// <param name="kind"><see cref="Invitation"/> or <see cref="Reset"/>.</param>
    /// <param name="createdBy">The user who asked for it; null if it was the person themselves, or an operator at the machine.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<NewLink> AddAsync(NpgsqlTransaction transaction, Guid userId, string kind, Guid? createdBy, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into account_links (token_hash, user_id, kind, created_by, created_at, expires_at)
            values (@hash, @userId, @kind, @createdBy, @now, @expiresAt)
            on conflict (user_id, kind) do update
            set token_hash = excluded.token_hash, created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at
            """;

        var (now, token) = (time.UtcNow(), RefreshToken.New());
        var expiresAt = now + (kind == Invitation ? InvitationLifetime : ResetLifetime);
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            Sql, new { hash = RefreshToken.Hash(token), userId, kind, createdBy, now, expiresAt }, transaction, cancellationToken: cancellationToken));
        return new NewLink(token, expiresAt);
    }

    /// <summary>Whom a link is for; null if it was used, replaced, is over, or never was.</summary>
    public async Task<LinkedAccount?> FindAsync(string token, string kind, CancellationToken cancellationToken)
    {
        const string Sql = """
            select l.user_id, l.expires_at, u.organization_id, u.email, u.full_name, u.role, o.name as organization_name, i.full_name as invited_by
            from account_links l
            join users u on u.id = l.user_id
            join organizations o on o.id = u.organization_id
            left join users i on i.id = l.created_by
            where l.token_hash = @hash and l.kind = @kind and l.expires_at > @now and u.is_active
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<LinkedAccount>(
            new CommandDefinition(Sql, new { hash = RefreshToken.Hash(token), kind, now = time.UtcNow() }, cancellationToken: cancellationToken));
    }

    /// <summary>Uses a link up. Of two who use it at once, one gets false.</summary>
    public async Task<bool> TakeAsync(NpgsqlTransaction transaction, string token, string kind, CancellationToken cancellationToken)
        => await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from account_links where token_hash = @hash and kind = @kind and expires_at > @now",
            new { hash = RefreshToken.Hash(token), kind, now = time.UtcNow() }, transaction, cancellationToken: cancellationToken)) == 1;

    /// <summary>When the person last asked for a link of this kind that is still good; null if they didn't.</summary>
    public Task<DateTime?> CreatedAtAsync(NpgsqlTransaction transaction, Guid userId, string kind, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteScalarAsync<DateTime?>(new CommandDefinition(
            "select created_at from account_links where user_id = @userId and kind = @kind and expires_at > @now",
            new { userId, kind, now = time.UtcNow() }, transaction, cancellationToken: cancellationToken));

    /// <summary>Voids all links of a user: whoever sets a password needs none of them any more.</summary>
    public static Task DeleteAllAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from account_links where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes what is over; runs as a recurring job.</summary>
    public async Task DeleteExpiredAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from account_links where expires_at < @now", new { now = time.UtcNow() }, cancellationToken: cancellationToken));
    }
}

/// <summary>A link's token, which is known only now.</summary>
internal sealed record NewLink(string Token, DateTime ExpiresAt);

/// <summary>The account that a link leads to.</summary>
internal sealed record LinkedAccount(
    Guid UserId, DateTime ExpiresAt, Guid OrganizationId, string Email, string FullName, string Role, string OrganizationName, string? InvitedBy);
