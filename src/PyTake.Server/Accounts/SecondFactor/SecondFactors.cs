using Npgsql;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>
/// The second factors of a user: an authenticator app, passkeys, and recovery codes for the day when those are gone. A user who needs a factor keeps at
/// least one.
/// </summary>
internal sealed class SecondFactors(
    NpgsqlDataSource db, TotpSecrets totp, PasskeyStore passkeyStore, Passkeys passkeys, CodeAttempts attempts, Challenges challenges, Sessions sessions,
    AuditTrail audit)
{
    /// <summary>What a user has set up.</summary>
    public async Task<FactorsOfUser> OfAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await OfAsync(connection, null, userId, cancellationToken);
    }

    /// <summary>Confirms the authenticator app with its first code.</summary>
    public async Task<FactorAdded> ConfirmTotpAsync(Caller caller, string code, CancellationToken cancellationToken)
    {
        if (!await totp.IsPendingAsync(caller.UserId, cancellationToken)) return new FactorAdded.NothingAsked();
        if (await attempts.CountAsync(caller.UserId, cancellationToken) is { } wait) return new FactorAdded.Locked(wait);

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await totp.ConfirmAsync(transaction, caller.UserId, code, cancellationToken)) return new FactorAdded.Wrong();
        await CodeAttempts.ClearAsync(transaction, caller.UserId, cancellationToken);
        return await AddedAsync(transaction, caller, null, cancellationToken);
    }

    /// <summary>Adds the passkey that the caller's authenticator made.</summary>
    public async Task<FactorAdded> AddPasskeyAsync(Caller caller, string state, string name, RawJson credential, Uri address, CancellationToken cancellationToken)
    {
        if (await challenges.TakeAsync(state, Challenges.PasskeyRegistration, cancellationToken) is not { } challenge || challenge.UserId != caller.UserId)
            return new FactorAdded.NothingAsked();
        if (await passkeys.CheckRegistrationAsync(challenge, credential, address, cancellationToken) is not { } made) return new FactorAdded.Wrong();

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        return await passkeyStore.AddAsync(transaction, caller.UserId, name, made.Id, made.PublicKey, made.SignCount, cancellationToken) is { } passkey
            ? await AddedAsync(transaction, caller, passkey, cancellationToken)
            : new FactorAdded.Wrong();
    }

    /// <summary>Turns the authenticator app off, or forgets one passkey.</summary>
    /// <param name="caller">Whose.</param>
    /// <param name="passkey">The passkey's id; null for the app.</param>
    /// <param name="required">Whether they need a factor.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<FactorRemoved> RemoveAsync(Caller caller, Guid? passkey, bool required, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Otherwise two requests could remove one factor each of the last two.
        await UserStore.LockAsync(transaction, caller.UserId, cancellationToken);
        if (passkey is not { } id) await TotpSecrets.DeleteAsync(transaction, caller.UserId, cancellationToken);
        else if (!await PasskeyStore.DeleteAsync(transaction, caller.UserId, id, cancellationToken)) return FactorRemoved.Missing;
        if (!(await OfAsync(connection, transaction, caller.UserId, cancellationToken)).Any)
        {
            if (required) return FactorRemoved.Required;
            await RecoveryCodes.DeleteAsync(transaction, caller.UserId, cancellationToken);
        }
        await audit.RecordAsync(
            transaction, caller, AuditAction.FactorRemoved, caller.UserId.ToString(), new { kind = passkey is null ? "totp" : "passkey", passkey }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        sessions.NotifyUserChanged(caller.UserId);
        return FactorRemoved.Done;
    }

    /// <summary>Makes new recovery codes; null if there is no factor that they could stand in for.</summary>
    public async Task<IReadOnlyList<string>?> NewRecoveryCodesAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!(await OfAsync(connection, transaction, caller.UserId, cancellationToken)).Any) return null;
        var codes = await RecoveryCodes.ReplaceAsync(transaction, caller.UserId, cancellationToken);
        await audit.RecordAsync(transaction, caller, AuditAction.RecoveryCodesMade, caller.UserId.ToString(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return codes;
    }

    /// <summary>Forgets all factors of a member who lost them, and ends their sessions.</summary>
    public async Task ResetAsync(Caller caller, Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await TotpSecrets.DeleteAsync(transaction, userId, cancellationToken);
        await PasskeyStore.DeleteAllAsync(transaction, userId, cancellationToken);
        await RecoveryCodes.DeleteAsync(transaction, userId, cancellationToken);
        await CodeAttempts.ClearAsync(transaction, userId, cancellationToken);
        await Challenges.DeleteAllAsync(transaction, userId, cancellationToken);
        await Sessions.EndAllAsync(transaction, userId, except: null, cancellationToken);
        await audit.RecordAsync(transaction, caller, AuditAction.FactorsReset, userId.ToString(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        sessions.NotifyUserChanged(userId);
    }

    // With their first factor a user gets recovery codes, which are shown this once.
    private async Task<FactorAdded> AddedAsync(NpgsqlTransaction transaction, Caller caller, Passkey? passkey, CancellationToken cancellationToken)
    {
        var codes = await RecoveryCodes.LeftAsync(transaction.Connection!, transaction, caller.UserId, cancellationToken) == 0
            ? await RecoveryCodes.ReplaceAsync(transaction, caller.UserId, cancellationToken)
            : null;
        await audit.RecordAsync(
            transaction, caller, AuditAction.FactorAdded, caller.UserId.ToString(), new { kind = passkey is null ? "totp" : "passkey", passkey = passkey?.Id },
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        sessions.NotifyUserChanged(caller.UserId);
        return new FactorAdded.Done(passkey, codes);
    }

    private static async Task<FactorsOfUser> OfAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid userId, CancellationToken cancellationToken)
        => new(
            await TotpSecrets.IsOnAsync(connection, transaction, userId, cancellationToken),
            await PasskeyStore.ListAsync(connection, transaction, userId, cancellationToken),
            await RecoveryCodes.LeftAsync(connection, transaction, userId, cancellationToken));
}

/// <summary>What a user has set up.</summary>
internal sealed record FactorsOfUser(bool Totp, IReadOnlyList<Passkey> Passkeys, int RecoveryCodesLeft)
{
    public bool Any => Totp || Passkeys.Count > 0;

    /// <summary>What a login may be finished with.</summary>
    public IReadOnlyList<string> Methods =>
    [
        .. Totp ? ["totp"] : Array.Empty<string>(),
        .. Passkeys.Count > 0 ? ["passkey"] : Array.Empty<string>(),
        .. RecoveryCodesLeft > 0 ? ["recovery_code"] : Array.Empty<string>(),
    ];
}

/// <summary>The result of adding a factor.</summary>
internal abstract record FactorAdded
{
    public sealed record Done(Passkey? Passkey, IReadOnlyList<string>? RecoveryCodes) : FactorAdded;
    public sealed record NothingAsked : FactorAdded;
    public sealed record Wrong : FactorAdded;
    public sealed record Locked(TimeSpan For) : FactorAdded;
}

internal enum FactorRemoved
{
    Done,
    Missing,
    Required,
}
