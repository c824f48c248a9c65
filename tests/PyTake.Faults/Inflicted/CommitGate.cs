using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

/// <summary>
/// A gate inside PostgreSQL's COMMIT. While it is shut, a transaction that has inserted a message whose text begins with <see cref="Word"/> waits there:
/// its node has sent everything, and nothing of it is durable or visible yet.
/// </summary>
internal sealed class CommitGate
{
    public const string Word = "gate";

    // The first key of the advisory lock that shows which session waits.
    private const int Waits = 0x4741;

    private readonly Database _database;

    private CommitGate(Database database) => _database = database;

    /// <summary>Creates it, shut, runs <paramref name="meanwhile"/>, opens it and removes it.</summary>
    public static async Task SetAsync(Database database, Func<CommitGate, Task> meanwhile)
    {
        // A deferred trigger runs in the COMMIT, which has no statement timeout. Each statement of a function has a snapshot of its own.
        await database.QueryAsync($"""
            create table faults_gate as select true as is_shut;
            create function faults_gate() returns trigger language plpgsql as $$
            begin
                perform pg_advisory_xact_lock_shared({Waits}, 0);
                while (select is_shut from faults_gate) loop perform pg_sleep(0.002); end loop;
                return null;
            end $$;
            create constraint trigger faults_gate after insert on messages deferrable initially deferred
                for each row when (new.content ->> 'text' like '{Word}:%') execute function faults_gate();
            """);
        var gate = new CommitGate(database);
        try
        {
            await meanwhile(gate);
        }
        finally
        {
            await gate.RemoveAsync();
        }
    }

    /// <summary>Lets all pass, until it is shut again.</summary>
    public Task OpenAsync() => SetAsync(isShut: false);

    public Task ShutAsync() => SetAsync(isShut: true);

    /// <summary>Waits for a session that waits in the gate.</summary>
    /// <param name="stored">A message whose webhook item is in the queue.</param>
    /// <param name="arrived">A message that was posted after it.</param>
    /// <returns>
    /// The session's process, the name of its node, and whether its transaction has taken the item of <paramref name="stored"/> although
    /// <paramref name="arrived"/> is not in the queue: it took it from the node's memory, then.
    /// </returns>
    /// <exception cref="TimeoutException">There was none within 5 s.</exception>
    public async Task<(int Session, string Node, bool IsCombined)> WaiterAsync(CustomerMessage stored, CustomerMessage arrived)
    {
        // Until the transaction ends, others see the row that it has deleted, with the transaction's number in it.
        var sql = $"""
            select s.pid, s.application_name,
                exists (select from webhook_items where xmax = s.backend_xid and {Holds(stored)})
                and not exists (select from webhook_items where {Holds(arrived)})
            from pg_locks l
            join pg_stat_activity s on s.pid = l.pid
            where l.locktype = 'advisory' and l.classid = {Waits}
            """;
        string[][] rows = [];
        await Wait.Until(async () => (rows = await _database.QueryAsync(sql)).Length > 0, TimeSpan.FromSeconds(5), "no transaction came to the gate");
        return (int.Parse(rows[0][0]), rows[0][1], rows[0][2] == "t");
    }

    /// <summary>An SQL condition: whether a row of webhook_items is the item of this message.</summary>
    public static string Holds(CustomerMessage message) => $"position('{message.Wamid}'::bytea in payload) > 0";

    // Locally, because the standby that a fault makes COMMIT wait for does not exist.
    private Task SetAsync(bool isShut) => _database.QueryAsync($"set synchronous_commit = local; update faults_gate set is_shut = {isShut};");

    // Dropping a trigger waits for all writers of its table.
    private async Task RemoveAsync()
    {
        await OpenAsync();
        await Wait.Until(
            async () => await _database.NumberAsync($"select count(*) from pg_locks where locktype = 'advisory' and classid = {Waits}") == 0,
            TimeSpan.FromSeconds(60), "the transactions in the gate did not end");
        await _database.QueryAsync("drop trigger faults_gate on messages; drop function faults_gate(); drop table faults_gate;");
    }
}
