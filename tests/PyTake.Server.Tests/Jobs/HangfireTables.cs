namespace PyTake.Jobs;

/// <summary>Reads what Hangfire has stored.</summary>
internal static class HangfireTables
{
    /// <summary>Jobs whose class and arguments contain these texts, oldest first.</summary>
    public static Task<List<StoredJob>> Jobs(this TestDatabase database, string type, string arguments = "") => database.QueryAsync<StoredJob>("""
        select j.id, j.statename as state, s.reason, s.data ->> 'ExceptionMessage' as error
        from hangfire.job j
        left join hangfire.state s on s.id = j.stateid
        where position(@type in j.invocationdata::text) > 0 and position(@arguments in j.arguments::text) > 0
        order by j.id
        """, new { type, arguments });

    /// <summary>Waits until there is exactly one such job, in this state.</summary>
    public static async Task<StoredJob> OnlyJob(this TestDatabase database, string type, string state, string arguments = "")
    {
        StoredJob? found = null;
        await Wait.Until(async () => (found = await database.Jobs(type, arguments) is [var only] ? only : null)?.State == state, TimeSpan.FromSeconds(30));
        return found!;
    }
}

/// <param name="State">Hangfire's name of the state, such as Scheduled.</param>
/// <param name="Reason">The state's reason.</param>
/// <param name="Error">The message of the exception it failed with.</param>
internal sealed record StoredJob(long Id, string State, string? Reason, string? Error);
