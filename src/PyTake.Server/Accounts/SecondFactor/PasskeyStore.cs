using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>A user's passkey, as REST returns it.</summary>
public sealed record Passkey(Guid Id, string Name, DateTime CreatedAt, DateTime? LastUsedAt);

/// <summary>What the signature of a passkey is checked with.</summary>
internal sealed record StoredPasskey(Guid Id, Guid UserId, byte[] PublicKey, long SignCount);

/// <summary>All SQL of the passkeys.</summary>
internal sealed class PasskeyStore(NpgsqlDataSource db, TimeProvider time)
{
    public static async Task<IReadOnlyList<Passkey>> ListAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid userId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, name, created_at, last_used_at
            from passkeys
            where user_id = @userId
            order by created_at, id
            """;

        return (await connection.QueryAsync<Passkey>(new CommandDefinition(Sql, new { userId }, transaction, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The ids under which the user's authenticators know their passkeys.</summary>
    public async Task<IReadOnlyList<byte[]>> CredentialIdsAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<byte[]>(new CommandDefinition(
            "select credential_id from passkeys where user_id = @userId order by id", new { userId }, cancellationToken: cancellationToken))).AsList();
    }

    public async Task<StoredPasskey?> FindAsync(byte[] credentialId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, user_id, public_key, sign_count
            from passkeys
            where credential_id = @credentialId
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<StoredPasskey>(new CommandDefinition(Sql, new { credentialId }, cancellationToken: cancellationToken));
    }

    /// <returns>Null if somebody has a passkey of this id.</returns>
    public Task<Passkey?> AddAsync(
        NpgsqlTransaction transaction, Guid userId, string name, byte[] credentialId, byte[] publicKey, uint signCount, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into passkeys (id, user_id, credential_id, public_key, sign_count, name, created_at)
            values (@id, @userId, @credentialId, @publicKey, @signCount, @name, @now)
            on conflict do nothing
            returning id, name, created_at, last_used_at
            """;

        return transaction.Connection!.QuerySingleOrDefaultAsync<Passkey?>(new CommandDefinition(
            Sql, new { id = Guid.CreateVersion7(), userId, credentialId, publicKey, signCount = (long)signCount, name, now = time.UtcNow() },
            transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Records a login; false if the passkey is gone, or was used at the same moment with the same count, as only a copy of it would be.</summary>
    public async Task<bool> UseAsync(NpgsqlTransaction transaction, StoredPasskey passkey, uint signCount, CancellationToken cancellationToken)
    {
        const string Sql = """
            update passkeys
            set sign_count = @signCount, last_used_at = @now
            where id = @Id and sign_count = @before
            """;

        return await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            Sql, new { passkey.Id, before = passkey.SignCount, signCount = (long)signCount, now = time.UtcNow() },
            transaction, cancellationToken: cancellationToken)) == 1;
    }

    public static async Task<bool> DeleteAsync(NpgsqlTransaction transaction, Guid userId, Guid id, CancellationToken cancellationToken)
        => await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from passkeys where user_id = @userId and id = @id", new { userId, id }, transaction, cancellationToken: cancellationToken)) == 1;

    public static Task DeleteAllAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from passkeys where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));
}
