using System.Security.Cryptography;
using Dapper;
using Npgsql;
using OtpNet;

namespace PyTake.Accounts;

/// <summary>Ten codes for somebody whose phone is gone, each good once. With 120 random bits they need no slow hash.</summary>
internal static class RecoveryCodes
{
    private const int Count = 10, Bytes = 15, Group = 4;

    /// <summary>Makes ten new codes; the old ones are void.</summary>
    public static async Task<IReadOnlyList<string>> ReplaceAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
    {
        var codes = Enumerable.Range(0, Count).Select(_ => Base32Encoding.ToString(RandomNumberGenerator.GetBytes(Bytes)).ToLowerInvariant()).ToArray();
        await DeleteAsync(transaction, userId, cancellationToken);
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "insert into recovery_codes (user_id, code_hash) select @userId, unnest(@hashes)",
            new { userId, hashes = codes.Select(RefreshToken.Hash).ToArray() }, transaction, cancellationToken: cancellationToken));
        return [.. codes.Select(code => string.Join('-', code.Chunk(Group).Select(chars => new string(chars))))];
    }

    /// <summary>Whether it is one of the user's codes; if so, it is used up.</summary>
    /// <param name="code">As it was typed: in any case, with hyphens and spaces or without.</param>
    public static async Task<bool> TakeAsync(NpgsqlTransaction transaction, Guid userId, string code, CancellationToken cancellationToken)
    {
        var typed = string.Concat(code.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
        return await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from recovery_codes where user_id = @userId and code_hash = @hash",
            new { userId, hash = RefreshToken.Hash(typed) }, transaction, cancellationToken: cancellationToken)) == 1;
    }

    public static Task<int> LeftAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid userId, CancellationToken cancellationToken)
        => connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select count(*) from recovery_codes where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));

    public static Task DeleteAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from recovery_codes where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));
}
