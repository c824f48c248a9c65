namespace PyTake.Faults.Inflicted;

/// <summary>A database trigger that fires for messages whose text begins with <see cref="Word"/>.</summary>
internal static class Trap
{
    public const string Word = "trap";

    /// <summary>Creates the trigger, runs <paramref name="meanwhile"/>, and drops it.</summary>
    /// <param name="springs">The PL/pgSQL statement that runs for such a message.</param>
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

    // Dropping a trigger waits for all writers of its table, and every other query then waits for the drop. So the trigger is first made harmless,
    // and dropped once no statement hangs in it.
    private static async Task RemoveAsync(Database database)
    {
        await database.QueryAsync(Function("null"));
        await Wait.Until(
            async () => await database.NumberAsync("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and application_name like 'node-%'") == 0,
            TimeSpan.FromSeconds(60), "the statements that hang in the trap did not finish");
        await database.QueryAsync("drop trigger faults_trap on messages; drop function faults_trap();");
    }

    private static string Function(string statement) =>
        $"create or replace function faults_trap() returns trigger language plpgsql as $$ begin {statement}; return new; end $$;";
}
