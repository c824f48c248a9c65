using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Limits how often the codes of a user may be guessed, whatever login they belong to. Each attempt is counted before its code is looked at, so that many at once
/// get no further than one after the other; the right code clears the count.
/// </summary>
internal sealed class CodeAttempts(NpgsqlDataSource db, TimeProvider time)
{
    public const int FailuresAllowed = 5;
    public static readonly TimeSpan FirstLock = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);

    /// <summary>Counts an attempt.</summary>
    /// <returns>Null if the code may be looked at, otherwise the time until it may.</returns>
    public async Task<TimeSpan?> CountAsync(Guid userId, CancellationToken cancellationToken)
    {
        const string Count = """
            insert into code_failures as f (user_id, failures)
            values (@userId, 1)
            on conflict (user_id) do update
            set failures = f.failures + 1,
                locked_until = case when f.failures + 1 >= @FailuresAllowed
                    then @now + least(@LongestLock, @FirstLock * power(2, least(f.failures + 1 - @FailuresAllowed, 20))) end
            where f.locked_until is null or f.locked_until <= @now
            """;

        var now = time.UtcNow();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(
            Count, new { userId, FailuresAllowed, FirstLock, LongestLock, now }, cancellationToken: cancellationToken)) == 1) return null;
        var lockedUntil = await connection.ExecuteScalarAsync<DateTime?>(new CommandDefinition(
            "select locked_until from code_failures where user_id = @userId", new { userId }, cancellationToken: cancellationToken));
        return lockedUntil - now is { Ticks: > 0 } wait ? wait : TimeSpan.FromSeconds(1);
    }

    /// <summary>Forgets the attempts of a user whose code was right.</summary>
    public static Task ClearAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "delete from code_failures where user_id = @userId", new { userId }, transaction, cancellationToken: cancellationToken));
}
