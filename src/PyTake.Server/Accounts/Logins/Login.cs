using Npgsql;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>
/// Logs a user in. Guessing is slowed by a lock on the account, which grows with each failure and holds for all addresses and nodes, whether or not
/// there is such an account. It decays by itself, and neither open sessions nor devices that the user has logged in from are affected.
/// </summary>
/// <remarks>Several organizations may have an account with the e-mail address; the password tells which of them is meant.</remarks>
internal sealed partial class Login(
    NpgsqlDataSource db, UserStore users, Passwords passwords, AccountRateLimits limits, LoginAttempts attempts, KnownDevices devices, Sessions sessions,
    SecondStep secondStep, FailedLogins failed, ILogger<Login> logger)
{
    /// <exception cref="OverloadException">Too many log in at once.</exception>
    public async Task<LoginOutcome> RunAsync(LoginRequest request, LoginOrigin origin, CancellationToken cancellationToken)
    {
        var visitor = new Visitor(origin.Device, origin.Network, null);
        if (origin.Cookie is not { } cookie) return await TryAsync(request, visitor, null, cancellationToken);

        var accounts = await users.FindAccountsAsync(request.Email!, cancellationToken);
        foreach (var account in accounts)
        {
            if (devices.Recognize(cookie, account.Id) is not { } number) continue;
            // The device vouches for this account alone.
            var outcome = await TryAsync(request, visitor with { KnownAs = number }, [account], cancellationToken);
            if (outcome is not LoginOutcome.Wrong || accounts.Count == 1) return outcome;
            return await TryAsync(request, visitor, [.. accounts.Where(other => other != account)], cancellationToken);
        }
        return await TryAsync(request, visitor, accounts, cancellationToken);
    }

    private async Task<LoginOutcome> TryAsync(LoginRequest request, Visitor visitor, IReadOnlyList<Account>? accounts, CancellationToken cancellationToken)
    {
        if (await limits.CountLoginAsync(request.Email!, visitor) is { } wait) return new LoginOutcome.TooOften(wait);
        try
        {
            var outcome = await CountAsync(request, visitor, accounts, cancellationToken);
            if (outcome is not (LoginOutcome.Wrong or LoginOutcome.Locked)) limits.LoginHasNotFailed(visitor);
            return outcome;
        }
        catch (OverloadException)
        {
            limits.ReturnLogin(request.Email!, visitor);
            throw;
        }
    }

    private async Task<LoginOutcome> CountAsync(LoginRequest request, Visitor visitor, IReadOnlyList<Account>? accounts, CancellationToken cancellationToken)
    {
        var key = visitor.KnownAs is { } device ? LoginAttempts.KeyOfDevice(device) : LoginAttempts.KeyOfAccount(request.Email!);
        var attempt = await attempts.CountAsync(key, cancellationToken);
        if (attempt.LockedFor is { } wait) return new LoginOutcome.Locked(wait);
        try
        {
            return await CheckAsync(
                request, visitor, accounts ?? await users.FindAccountsAsync(request.Email!, cancellationToken), key, attempt, cancellationToken);
        }
        catch (OverloadException)
        {
            await attempts.ReleaseAsync(key);
            throw;
        }
    }

    private async Task<LoginOutcome> CheckAsync(
        LoginRequest request, Visitor visitor, IReadOnlyList<Account> accounts, byte[] key, CountedAttempt attempt, CancellationToken cancellationToken)
    {
        using var place = passwords.Enter(visitor.KnownAs is null ? PasswordLane.Strangers : PasswordLane.KnownDevices, visitor.Network);
        string[] hashes = [.. accounts.Select(a => a.PasswordHash)];
        if (await passwords.VerifyAsync(place, hashes, request.Password!, cancellationToken) is not { } which) return Refuse(accounts, visitor, attempt);
        var account = accounts[which];
        if (!account.IsActive) return new LoginOutcome.Inactive();
        if (passwords.IsOutdated(account.PasswordHash))
            await users.ReplaceHashAsync(account, await passwords.HashAsync(place, request.Password!, hashes, cancellationToken), cancellationToken);
        var outcome = await PasswordWasRightAsync(account, visitor, cancellationToken);
        // Whoever administers another organization may have an account with this address: their logins must not clear what they guessed at the others.
        if (outcome is LoginOutcome.Admitted && accounts.Count == 1) await attempts.ForgetAsync(key);
        else await attempts.ReleaseAsync(key);
        return outcome;
    }

    // The one place for what an account demands besides its password.
    private async Task<LoginOutcome> PasswordWasRightAsync(Account account, Visitor visitor, CancellationToken cancellationToken)
        => await secondStep.AskAsync(account.Id, cancellationToken) is { } asked
            ? new LoginOutcome.SecondFactor(asked)
            : await AdmitAsync(account, visitor, cancellationToken);

    private async Task<LoginOutcome> AdmitAsync(Account account, Visitor visitor, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await sessions.OpenAsync(transaction, account.Id, visitor.Device, cancellationToken) is not { } signedIn) return new LoginOutcome.Inactive();
        await transaction.CommitAsync(cancellationToken);
        return new LoginOutcome.Admitted(signedIn);
    }

    private LoginOutcome.Wrong Refuse(IReadOnlyList<Account> accounts, Visitor visitor, CountedAttempt attempt)
    {
        failed.Note(accounts, visitor.Device.Address, attempt.Failures);
        if (accounts.Count > 0 && attempt.Failures >= LoginAttempts.FailuresAllowed) LogLocked(accounts[0].Id, attempt.Failures);
        return new LoginOutcome.Wrong();
    }

    [LoggerMessage(6001, LogLevel.Warning, "User {UserId} is locked for a while after {Failures} failed logins")]
    private partial void LogLocked(Guid userId, int failures);
}

/// <summary>Where a login comes from.</summary>
/// <param name="Cookie">Of <see cref="KnownDevices"/>; null if there is none.</param>
internal sealed record LoginOrigin(Device Device, string Network, string? Cookie)
{
    public static LoginOrigin Of(HttpContext context, string email)
        => new(Device.Of(context), context.Connection.Key(), KnownDevices.CookieOf(context.Request, email));
}

/// <summary>Who attempts it.</summary>
/// <param name="Network">The part of the address that one subscriber has (<see cref="RemoteAddress.Key"/>).</param>
/// <param name="KnownAs">The number of the device if the account is known there; otherwise null.</param>
internal sealed record Visitor(Device Device, string Network, string? KnownAs);

/// <summary>The result of a login.</summary>
internal abstract record LoginOutcome
{
    public sealed record Admitted(SignedIn SignedIn) : LoginOutcome;
    public sealed record SecondFactor(SecondStepAsked Asked) : LoginOutcome;
    public sealed record Wrong : LoginOutcome;
    public sealed record Locked(TimeSpan For) : LoginOutcome;
    public sealed record Inactive : LoginOutcome;
    public sealed record TooOften(TimeSpan Wait) : LoginOutcome;
}
