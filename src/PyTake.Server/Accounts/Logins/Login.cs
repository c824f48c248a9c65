using Microsoft.AspNetCore.Identity;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Checks a password. Guessing is slowed by a lock on the account, which grows with each failure and holds for all addresses and nodes.
/// The lock expires by itself, and open sessions are not affected.
/// </summary>
internal sealed partial class Login(
    NpgsqlDataSource db, UserStore users, Passwords passwords, Sessions sessions, TimeProvider time, ILogger<Login> logger)
{
    public const int FailuresAllowed = 5;
    public static readonly TimeSpan FirstLock = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);

    public async Task<LoginOutcome> RunAsync(string email, string password, CancellationToken cancellationToken)
    {
        var account = await users.FindAccountAsync(email, cancellationToken);
        if (account?.LockedUntil - time.UtcNow() is { Ticks: > 0 } wait) return new LoginOutcome.Locked(wait);

        var verified = await passwords.VerifyAsync(account?.PasswordHash, password, cancellationToken);
        if (verified == PasswordVerificationResult.Failed) return await RefuseAsync(account, cancellationToken);
        if (!account!.IsActive) return new LoginOutcome.Inactive();
        if (verified == PasswordVerificationResult.SuccessRehashNeeded)
            await users.ReplaceHashAsync(account, await passwords.HashAsync(password, cancellationToken), cancellationToken);
        return await AdmitAsync(account, cancellationToken);
    }

    private async Task<LoginOutcome> AdmitAsync(Account account, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Failed logins at the same time locked the account before this login was complete.
        if (await sessions.OpenAsync(transaction, account.Id, cancellationToken) is not { } signedIn) return new LoginOutcome.Locked(FirstLock);
        await transaction.CommitAsync(cancellationToken);
        return new LoginOutcome.Admitted(signedIn);
    }

    private async Task<LoginOutcome> RefuseAsync(Account? account, CancellationToken cancellationToken)
    {
        var failures = await users.CountFailedLoginAsync(account?.Id, cancellationToken);
        if (failures >= FailuresAllowed) LogLocked(account!.Id, failures.Value);
        return new LoginOutcome.Wrong();
    }

    [LoggerMessage(6001, LogLevel.Warning, "User {UserId} is locked for a while after {Failures} failed logins")]
    private partial void LogLocked(Guid userId, int failures);
}

/// <summary>The result of a login.</summary>
internal abstract record LoginOutcome
{
    public sealed record Admitted(SignedIn SignedIn) : LoginOutcome;
    public sealed record Wrong : LoginOutcome;
    public sealed record Locked(TimeSpan For) : LoginOutcome;
    public sealed record Inactive : LoginOutcome;
}
