using Npgsql;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>The second step of a login whose password was right, and the only one of a login with a passkey.</summary>
internal sealed class SecondStep(
    NpgsqlDataSource db, SecondFactors factors, TotpSecrets totp, Passkeys passkeys, CodeAttempts attempts, Challenges challenges, Sessions sessions)
{
    /// <summary>What a user whose password was right must show next; null if they have no second factor.</summary>
    public async Task<SecondStepAsked?> AskAsync(Guid userId, CancellationToken cancellationToken)
        => await factors.OfAsync(userId, cancellationToken) is { Any: true } has
            ? new(await challenges.AddAsync(Challenges.SecondFactor, userId, null, cancellationToken), has.Methods)
            : null;

    /// <summary>Finishes a login with a code of the authenticator app, or a recovery code.</summary>
    public async Task<SecondStepOutcome> FinishAsync(string mfaToken, string code, Device device, CancellationToken cancellationToken)
    {
        if (await challenges.FindAsync(mfaToken, Challenges.SecondFactor, cancellationToken) is not { UserId: { } userId }) return new SecondStepOutcome.Over();
        if (await attempts.CountAsync(userId, cancellationToken) is { } wait) return new SecondStepOutcome.Locked(wait);

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await totp.TakeAsync(transaction, userId, code.Trim(), cancellationToken)
            && !await RecoveryCodes.TakeAsync(transaction, userId, code, cancellationToken)) return new SecondStepOutcome.Wrong();
        await CodeAttempts.ClearAsync(transaction, userId, cancellationToken);
        return await OpenAsync(transaction, userId, device, cancellationToken);
    }

    /// <summary>What the browser asks its authenticator to sign.</summary>
    /// <param name="mfaToken">Of a login whose password was right; null where the passkey is the only step.</param>
    /// <param name="address">The public address.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Null if the login is over.</returns>
    public async Task<PasskeyAsked?> AskForPasskeyAsync(string? mfaToken, Uri address, CancellationToken cancellationToken)
    {
        if (mfaToken is null) return await passkeys.AskToLogInAsync(null, address, cancellationToken);
        return await challenges.FindAsync(mfaToken, Challenges.SecondFactor, cancellationToken) is { UserId: { } userId }
            ? await passkeys.AskToLogInAsync(userId, address, cancellationToken)
            : null;
    }

    /// <summary>Finishes a login with a passkey.</summary>
    public async Task<SecondStepOutcome> FinishWithPasskeyAsync(string state, RawJson credential, Uri address, Device device, CancellationToken cancellationToken)
    {
        if (await challenges.TakeAsync(state, Challenges.PasskeyLogin, cancellationToken) is not { } challenge) return new SecondStepOutcome.Over();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        return await passkeys.LogInAsync(transaction, challenge, credential, address, cancellationToken) is { } userId
            ? await OpenAsync(transaction, userId, device, cancellationToken)
            : new SecondStepOutcome.Wrong();
    }

    // What the user started elsewhere is over, this login's own token too: a token is good for one login.
    private async Task<SecondStepOutcome> OpenAsync(NpgsqlTransaction transaction, Guid userId, Device device, CancellationToken cancellationToken)
    {
        await Challenges.DeleteAllAsync(transaction, userId, cancellationToken);
        if (await sessions.OpenAsync(transaction, userId, device, cancellationToken) is not { } signedIn) return new SecondStepOutcome.Inactive();
        await transaction.CommitAsync(cancellationToken);
        return new SecondStepOutcome.Admitted(signedIn);
    }
}

/// <summary>What the second step of a login may be.</summary>
/// <param name="MfaToken">Names the login.</param>
/// <param name="Methods"><c>totp</c>, <c>passkey</c>, <c>recovery_code</c>.</param>
internal sealed record SecondStepAsked(string MfaToken, IReadOnlyList<string> Methods);

/// <summary>The result of the second step.</summary>
internal abstract record SecondStepOutcome
{
    public sealed record Admitted(SignedIn SignedIn) : SecondStepOutcome;
    public sealed record Wrong : SecondStepOutcome;
    public sealed record Over : SecondStepOutcome;
    public sealed record Locked(TimeSpan For) : SecondStepOutcome;
    public sealed record Inactive : SecondStepOutcome;
}
