using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Counts attempts to log in, before the password is checked: any number at the same moment get no more guesses than one after the other. After five
/// that failed, each attempt locks its account beforehand, for longer and longer, and what comes meanwhile is not checked at all, right or wrong. An attempt
/// is forgotten by a login that succeeds, and one for each quarter of an hour without attempts. Accounts that do not exist are counted like those that do.
/// </summary>
internal sealed class LoginAttempts(NpgsqlDataSource db, TimeProvider time)
{
    public const int FailuresAllowed = 5;
    public static readonly TimeSpan FirstLock = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(15);

    // With these a lock has its full length; more would only make it slower to forget.
    private const int MostFailures = 10;

    /// <summary>The key under which attempts on an account are counted.</summary>
    public static byte[] KeyOfAccount(string email) => Hash($"account {Emails.Normalize(email)}");

    /// <summary>The key under which attempts from a known device are counted, apart from everybody else's on its account.</summary>
    public static byte[] KeyOfDevice(string device) => Hash($"device {device}");

    /// <summary>Counts an attempt.</summary>
    public async Task<CountedAttempt> CountAsync(byte[] key, CancellationToken cancellationToken)
    {
        // Does not wait for the disk: what a crash of the database forgets is a few guesses.
        const string Sql = """
            with relaxed as (select set_config('synchronous_commit', 'off', true)),
            counted as (
                insert into login_attempts as a (key, failures, counted_at)
                select @key, 1, @now from relaxed
                on conflict (key) do update
                set (failures, counted_at, locked_until) = (
                    select left_over.failures + 1, @now, case when left_over.failures + 1 >= @FailuresAllowed
                        then @now + least(@LongestLock, @FirstLock * power(2, left_over.failures + 1 - @FailuresAllowed)) end
                    from (
                        -- Whoever waited for the row may be earlier than what it was counted at.
                        select least(@MostFailures - 1, greatest(0, a.failures
                            - greatest(0, floor(extract(epoch from @now - a.counted_at) / extract(epoch from @ForgottenAfter)))::int)) as failures
                    ) left_over)
                where a.locked_until is null or a.locked_until <= @now
                returning a.failures
            )
            select (select failures from counted) as failures, (select locked_until from login_attempts where key = @key) as locked_until
            """;

        var now = time.UtcNow();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var (failures, lockedUntil) = await connection.QuerySingleAsync<(int? Failures, DateTime? LockedUntil)>(new CommandDefinition(
            Sql, new { key, now, FailuresAllowed, MostFailures, FirstLock, LongestLock, ForgottenAfter }, cancellationToken: cancellationToken));
        if (failures is { } count) return new CountedAttempt(count, null);
        // An attempt at the same moment may have locked it after this statement began.
        return new CountedAttempt(FailuresAllowed, lockedUntil - now is { Ticks: > 0 } wait ? wait : FirstLock);
    }

    /// <summary>Takes back an attempt that was not checked, or was right, and the lock that it may have set.</summary>
    public Task ReleaseAsync(byte[] key) => ExecuteAsync(
        "update login_attempts set failures = greatest(0, failures - 1), locked_until = null where key = @key", new { key }, CancellationToken.None);

    /// <summary>Forgets the attempts under a key, after a login that succeeded.</summary>
    public Task ForgetAsync(byte[] key) => ExecuteAsync("delete from login_attempts where key = @key", new { key }, CancellationToken.None);

    /// <summary>Deletes the rows whose attempts are all forgotten; runs as a recurring job.</summary>
    public Task DeleteForgottenAsync(CancellationToken cancellationToken) => ExecuteAsync(
        "delete from login_attempts where counted_at + failures * @ForgottenAfter < @now", new { ForgottenAfter, now = time.UtcNow() }, cancellationToken);

    private async Task ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

/// <summary>An attempt to log in.</summary>
/// <param name="Failures">How many there are now, with this one.</param>
/// <param name="LockedFor">How long the account is still locked; null: this attempt's password may be checked.</param>
internal sealed record CountedAttempt(int Failures, TimeSpan? LockedFor);
