using Dapper;
using Npgsql;
using OtpNet;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>Codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds). The secrets are stored encrypted.</summary>
internal sealed class TotpSecrets(NpgsqlDataSource db, SecretBox box, TimeProvider time)
{
    private const int SecretLength = 20;

    // The code before and the one after are good as well: a phone's clock differs, and typing takes time.
    private static readonly VerificationWindow Window = new(previous: 1, future: 1);

    /// <summary>Makes a secret, which is no factor before its first code. It replaces one that was not confirmed.</summary>
    /// <returns>The secret in base32; null if the user has a confirmed one.</returns>
    public async Task<string?> BeginAsync(Guid userId, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into totp_secrets as t (user_id, secret, created_at)
            values (@userId, @secret, @now)
            on conflict (user_id) do update
            set secret = excluded.secret, last_step = 0, created_at = excluded.created_at
            where t.confirmed_at is null
            """;

        var secret = Base32Encoding.ToString(KeyGeneration.GenerateRandomKey(SecretLength));
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            Sql, new { userId, secret = box.Seal(secret, PlaceOf(userId)), now = time.UtcNow() }, cancellationToken: cancellationToken)) == 1 ? secret : null;
    }

    /// <summary>Confirms a secret with a first code.</summary>
    public Task<bool> ConfirmAsync(NpgsqlTransaction transaction, Guid userId, string code, CancellationToken cancellationToken)
        => TakeAsync(transaction, userId, code, confirmed: false, cancellationToken);

    /// <summary>Whether a code is right; if so, it and those before it are spent.</summary>
    public Task<bool> TakeAsync(NpgsqlTransaction transaction, Guid userId, string code, CancellationToken cancellationToken)
        => TakeAsync(transaction, userId, code, confirmed: true, cancellationToken);

    /// <summary>Whether the user has a secret that is no factor yet.</summary>
    public async Task<bool> IsPendingAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from totp_secrets where user_id = @userId and confirmed_at is null)", new { userId }, cancellationToken: cancellationToken));
    }

    /// <summary>Whether the user has confirmed one.</summary>
    public static Task<bool> IsOnAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid userId, CancellationToken cancellationToken)
        => connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from totp_secrets where user_id = @userId and confirmed_at is not null)",
            new { userId }, transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes a user's secret, if there is one.</summary>
    public static Task DeleteAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from totp_secrets where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));

    /// <summary>The address that authenticator apps read from a QR code.</summary>
    public static string UriOf(string secret, string email) => new OtpUri(OtpType.Totp, secret, email, "PyTake").ToString();

    /// <summary>Where a user's secret is.</summary>
    public static SecretPlace PlaceOf(Guid userId) => new("totp_secrets", "secret", userId);

    /// <summary>All secrets, to be encrypted with another key.</summary>
    public static Task<IEnumerable<(Guid UserId, byte[] Secret)>> AllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
        => connection.QueryAsync<(Guid, byte[])>(new CommandDefinition("select user_id, secret from totp_secrets", cancellationToken: cancellationToken));

    /// <summary>Replaces a secret's encryption unless somebody replaced the secret meanwhile.</summary>
    public static async Task<bool> ReplaceAsync(NpgsqlConnection connection, Guid userId, byte[] old, byte[] sealedAnew, CancellationToken cancellationToken)
        => await connection.ExecuteAsync(new CommandDefinition(
            "update totp_secrets set secret = @sealedAnew where user_id = @userId and secret = @old",
            new { userId, old, sealedAnew }, cancellationToken: cancellationToken)) == 1;

    private async Task<bool> TakeAsync(NpgsqlTransaction transaction, Guid userId, string code, bool confirmed, CancellationToken cancellationToken)
    {
        // The lock lets two requests with one code take it one after the other.
        const string Find = """
            select secret, last_step
            from totp_secrets
            where user_id = @userId and (confirmed_at is not null) = @confirmed
            for update
            """;
        const string Spend = """
            update totp_secrets
            set last_step = @step, confirmed_at = coalesce(confirmed_at, @now)
            where user_id = @userId
            """;

        var (connection, now) = (transaction.Connection!, time.UtcNow());
        var (secret, lastStep) = await connection.QuerySingleOrDefaultAsync<(byte[]?, long)>(
            new CommandDefinition(Find, new { userId, confirmed }, transaction, cancellationToken: cancellationToken));
        if (secret is null || !new Totp(Base32Encoding.ToBytes(box.Open(secret, PlaceOf(userId)))).VerifyTotp(now, code, out var step, Window) || step <= lastStep) return false;
        await connection.ExecuteAsync(new CommandDefinition(Spend, new { userId, step, now }, transaction, cancellationToken: cancellationToken));
        return true;
    }
}
