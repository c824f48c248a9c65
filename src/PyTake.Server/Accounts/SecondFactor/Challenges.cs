using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>What was started on one node and is finished with a second request, perhaps on another: only the hash of the token that names it is stored.</summary>
internal sealed class Challenges(NpgsqlDataSource db, TimeProvider time)
{
    /// <summary>A login whose password was right and whose second factor is asked for.</summary>
    public const string SecondFactor = "second_factor";

    /// <summary>A login whose passkey is asked for: as the second factor of a user, or of nobody yet as the only one.</summary>
    public const string PasskeyLogin = "passkey_login";

    public const string PasskeyRegistration = "passkey_registration";

    /// <summary>How long a person has for the second step.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <returns>The token that names it.</returns>
    public async Task<string> AddAsync(string kind, Guid? userId, string? options, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into account_challenges (token_hash, kind, user_id, options, expires_at)
            values (@hash, @kind, @userId, @options, @expiresAt)
            """;

        var token = RefreshToken.New();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            Sql, new { hash = RefreshToken.Hash(token), kind, userId, options, expiresAt = time.UtcNow() + Lifetime }, cancellationToken: cancellationToken));
        return token;
    }

    /// <summary>What a token names; null if it is over or of another kind.</summary>
    public async Task<Challenge?> FindAsync(string token, string kind, CancellationToken cancellationToken)
    {
        const string Sql = """
            select user_id, options
            from account_challenges
            where token_hash = @hash and kind = @kind and expires_at > @now
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Challenge>(
            new CommandDefinition(Sql, new { hash = RefreshToken.Hash(token), kind, now = time.UtcNow() }, cancellationToken: cancellationToken));
    }

    /// <summary>The same, which nobody finds again. Of two requests with one token, one gets null.</summary>
    public async Task<Challenge?> TakeAsync(string token, string kind, CancellationToken cancellationToken)
    {
        const string Sql = """
            delete from account_challenges
            where token_hash = @hash and kind = @kind and expires_at > @now
            returning user_id, options
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Challenge>(
            new CommandDefinition(Sql, new { hash = RefreshToken.Hash(token), kind, now = time.UtcNow() }, cancellationToken: cancellationToken));
    }

    /// <summary>Ends what a user has started: with another password or other factors it must not be finished.</summary>
    public static Task DeleteAllAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from account_challenges where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes what is over; runs as a recurring job.</summary>
    public async Task DeleteExpiredAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from account_challenges where expires_at < @now", new { now = time.UtcNow() }, cancellationToken: cancellationToken));
    }
}

/// <param name="UserId">Whose it is; null where the passkey will tell.</param>
/// <param name="Options">What the passkey's signature is compared with, in the JSON that the browser got.</param>
internal sealed record Challenge(Guid? UserId, string? Options);
