using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Checks a password. Guessing is slowed by a lock on the account, which grows with each failure and holds for all addresses and nodes.
/// The lock expires by itself, and open sessions are not affected.
/// </summary>
/// <remarks>Several organizations may have an account with the e-mail address; the password tells which of them is meant.</remarks>
internal sealed partial class Login(
    NpgsqlDataSource db, UserStore users, Passwords passwords, Sessions sessions, SecondStep secondStep, TimeProvider time, ILogger<Login> logger)
{
    public const int FailuresAllowed = 5;
    public static readonly TimeSpan FirstLock = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);

    public async Task<LoginOutcome> RunAsync(string email, string password, Device device, CancellationToken cancellationToken)
    {
        var accounts = await users.FindAccountsAsync(email, cancellationToken);
        if (accounts.Max(a => a.LockedUntil) - time.UtcNow() is { Ticks: > 0 } wait) return new LoginOutcome.Locked(wait);

        if (await passwords.VerifyAsync([.. accounts.Select(a => a.PasswordHash)], password, cancellationToken) is not { } which)
            return await RefuseAsync(accounts, cancellationToken);
        var account = accounts[which];
        if (!account.IsActive) return new LoginOutcome.Inactive();
        if (passwords.IsOutdated(account.PasswordHash))
            await users.ReplaceHashAsync(
                account, await passwords.HashAsync(password, accounts.Select(a => a.PasswordHash), cancellationToken), cancellationToken);
        return await secondStep.AskAsync(account.Id, cancellationToken) is { } asked
            ? new LoginOutcome.SecondFactor(asked)
            : await AdmitAsync(account, device, cancellationToken);
    }

    private async Task<LoginOutcome> AdmitAsync(Account account, Device device, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Failed logins at the same time locked the account before this login was complete.
        if (await sessions.OpenAsync(transaction, account.Id, device, cancellationToken) is not { } signedIn) return new LoginOutcome.Locked(FirstLock);
        await transaction.CommitAsync(cancellationToken);
        return new LoginOutcome.Admitted(signedIn);
    }

    private async Task<LoginOutcome> RefuseAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
    {
        var failures = await users.CountFailedLoginAsync([.. accounts.Select(a => a.Id)], cancellationToken);
        if (failures >= FailuresAllowed) LogLocked(accounts[0].Id, failures.Value);
        return new LoginOutcome.Wrong();
    }

    [LoggerMessage(6001, LogLevel.Warning, "User {UserId} is locked for a while after {Failures} failed logins")]
    private partial void LogLocked(Guid userId, int failures);
}

/// <summary>The result of a login.</summary>
internal abstract record LoginOutcome
{
    public sealed record Admitted(SignedIn SignedIn) : LoginOutcome;
    public sealed record SecondFactor(SecondStepAsked Asked) : LoginOutcome;
    public sealed record Wrong : LoginOutcome;
    public sealed record Locked(TimeSpan For) : LoginOutcome;
    public sealed record Inactive : LoginOutcome;
}
