using Npgsql;
using PyTake.Accounts;

namespace PyTake.WhatsApp.Numbers;

/// <summary>
/// Re-encrypts the numbers' secrets and those of authenticator apps with the first of Encryption:Keys, so that the others can be removed, and binds those of
/// older versions to their rows. Nodes that have all keys keep running meanwhile, and a secret that somebody saves at the same moment is kept.
/// </summary>
internal sealed partial class ReencryptSecrets(NpgsqlDataSource db, SecretBox box, ILogger<ReencryptSecrets> logger)
{
    /// <summary>Whether all are encrypted with the first key now; those that no key decrypts are logged.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var (reencrypted, undecryptable) = (0, 0);
        foreach (var column in NumberStore.SecretColumns)
            foreach (var (id, old) in (await NumberStore.SecretsAsync(connection, column, cancellationToken)).Where(row => !box.IsCurrent(row.Secret)))
            {
                if (!box.TryOpen(old, NumberStore.PlaceOf(id, column), out var secret))
                {
                    LogUndecryptable(column, id);
                    undecryptable++;
                }
                else if (await NumberStore.ReplaceSecretAsync(connection, column, id, old, box.Seal(secret, NumberStore.PlaceOf(id, column)), cancellationToken)) reencrypted++;
            }
        foreach (var (userId, old) in (await TotpSecrets.AllAsync(connection, cancellationToken)).Where(row => !box.IsCurrent(row.Secret)))
        {
            if (!box.TryOpen(old, TotpSecrets.PlaceOf(userId), out var secret))
            {
                LogUndecryptableTotp(userId);
                undecryptable++;
            }
            else if (await TotpSecrets.ReplaceAsync(connection, userId, old, box.Seal(secret, TotpSecrets.PlaceOf(userId)), cancellationToken)) reencrypted++;
        }
        LogDone(reencrypted, undecryptable);
        return undecryptable == 0;
    }

    [LoggerMessage(6104, LogLevel.Error, "The {Secret} of number {NumberId} cannot be decrypted with any of Encryption:Keys")]
    private partial void LogUndecryptable(string secret, Guid numberId);

    [LoggerMessage(6107, LogLevel.Error, "The authenticator secret of user {UserId} cannot be decrypted with any of Encryption:Keys")]
    private partial void LogUndecryptableTotp(Guid userId);

    [LoggerMessage(6105, LogLevel.Information, "{Count} secrets were re-encrypted with the first of Encryption:Keys; {Undecryptable} could not be decrypted")]
    private partial void LogDone(int count, int undecryptable);
}

internal static class ReencryptCommand
{
    /// <summary>Whether the program was started as <c>reencrypt</c>.</summary>
    public static bool IsAskedBy(string[] args) => args is ["reencrypt", ..];

    /// <summary>Runs it and ends the program; the exit code is 1 if a secret could not be decrypted.</summary>
    public static async Task ReencryptAsync(this WebApplication app)
    {
        if (!await app.Services.GetRequiredService<ReencryptSecrets>().RunAsync(CancellationToken.None)) Environment.ExitCode = 1;
        await app.DisposeAsync();
    }
}
