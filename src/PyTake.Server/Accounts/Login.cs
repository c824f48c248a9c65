using Dapper;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Checks a password. Guessing is slowed by a lock on the account, which grows with each failure and holds for all addresses and nodes.
/// The lock expires by itself, and open sessions are not affected.
/// </summary>
internal sealed partial class Login(NpgsqlDataSource db, Passwords passwords, Sessions sessions, TimeProvider time, ILogger<Login> logger)
{
    private const int FailuresAllowed = 5;
    private static readonly TimeSpan FirstLock = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);

    public async Task<LoginOutcome> RunAsync(string email, string password, CancellationToken cancellationToken)
    {
        var account = await FindAsync(email, cancellationToken);
        if (account?.LockedUntil - time.UtcNow() is { Ticks: > 0 } wait) return new LoginOutcome.Locked(wait);

        var verified = await passwords.VerifyAsync(account?.PasswordHash, password, cancellationToken);
        if (verified == PasswordVerificationResult.Failed) return await RefuseAsync(account, cancellationToken);
        if (!account!.IsActive) return new LoginOutcome.Inactive();
        if (verified == PasswordVerificationResult.SuccessRehashNeeded) await RehashAsync(account, password, cancellationToken);

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await sessions.OpenAsync(account.Id, connection, null, cancellationToken) is { } signedIn
            ? new LoginOutcome.Admitted(signedIn)
            // Failed logins at the same time locked the account before this login was complete.
            : new LoginOutcome.Locked(FirstLock);
    }

    private async Task<Account?> FindAsync(string email, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, password_hash, locked_until, is_active
            from users
            where lower(email) = @email
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Account>(
            new CommandDefinition(Sql, new { email = Emails.Normalize(email) }, cancellationToken: cancellationToken));
    }

    private async Task<LoginOutcome> RefuseAsync(Account? account, CancellationToken cancellationToken)
    {
        // An unknown account runs the same statement, and none waits for the disk, so that the response time does not reveal whether it exists.
        const string Sql = """
            with relaxed as (select set_config('synchronous_commit', 'off', true))
            update users
            set failed_logins = failed_logins + 1,
                locked_until = case when failed_logins + 1 >= @FailuresAllowed
                    then @now + least(@LongestLock, @FirstLock * power(2, least(failed_logins + 1 - @FailuresAllowed, 20))) end
            from relaxed
            where id = @id
            returning failed_logins
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var failures = await connection.ExecuteScalarAsync<int?>(new CommandDefinition(
            Sql, new { id = account?.Id ?? Guid.Empty, FailuresAllowed, FirstLock, LongestLock, now = time.UtcNow() }, cancellationToken: cancellationToken));
        if (failures >= FailuresAllowed) LogLocked(account!.Id, failures.Value);
        return new LoginOutcome.Wrong();
    }

    private async Task RehashAsync(Account account, string password, CancellationToken cancellationToken)
    {
        var hash = await passwords.HashAsync(password, cancellationToken);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update users set password_hash = @hash where id = @Id and password_hash = @PasswordHash",
            new { hash, account.Id, account.PasswordHash }, cancellationToken: cancellationToken));
    }

    private sealed record Account(Guid Id, string PasswordHash, DateTime? LockedUntil, bool IsActive);

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
