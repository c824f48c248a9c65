namespace PyTake.Faults.Inflicted;

/// <summary>A trigger in the database that springs on messages which begin with a certain word.</summary>
internal static class Trap
{
    public const string Word = "trap";

    /// <summary>Sets it, does something, and takes it away.</summary>
    /// <param name="springs">What happens to such a message, as a statement of PL/pgSQL.</param>
    public static async Task SetAsync(Database database, string springs, Func<Task> meanwhile)
    {
        await database.QueryAsync($"""
            {Function(springs)}
            create trigger faults_trap before insert on messages for each row when (new.content ->> 'text' like '{Word}:%') execute function faults_trap();
            """);
        try
        {
            await meanwhile();
        }
        finally
        {
            await RemoveAsync(database);
        }
    }

    // Dropping a trigger waits for all that write to its table, and everything else waits for the drop: so it does nothing first.
    private static async Task RemoveAsync(Database database)
    {
        await database.QueryAsync(Function("null"));
        await Wait.Until(
            async () => await database.NumberAsync("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and application_name like 'node-%'") == 0,
            TimeSpan.FromSeconds(60), "what was in the trap did not come out");
        await database.QueryAsync("drop trigger faults_trap on messages; drop function faults_trap();");
    }

    private static string Function(string statement) =>
        $"create or replace function faults_trap() returns trigger language plpgsql as $$ begin {statement}; return new; end $$;";
}
