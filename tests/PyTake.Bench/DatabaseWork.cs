namespace PyTake.Bench;

/// <summary>PostgreSQL's own counters at one moment.</summary>
/// <param name="Transactions">Commits in the cluster's database, including read-only ones.</param>
/// <param name="Syncs">WAL syncs of the whole server; 0 if its version does not report them in pg_stat_wal.</param>
internal sealed record DatabaseWork(long Transactions, long Syncs)
{
    /// <summary>
    /// Reads the counters. Backends report about once a second, so a difference may be off by up to a second's work at
    /// either end; most of that cancels out.
    /// </summary>
    public static async Task<DatabaseWork> ReadAsync(Database database)
    {
        var row = (await database.QueryAsync("""
            select xact_commit, coalesce((to_jsonb(wal) ->> 'wal_sync')::bigint, 0)
            from pg_stat_database, pg_stat_wal as wal
            where datname = current_database()
            """))[0];
        return new DatabaseWork(long.Parse(row[0]), long.Parse(row[1]));
    }

    public static DatabaseWork operator -(DatabaseWork later, DatabaseWork earlier) =>
        new(later.Transactions - earlier.Transactions, later.Syncs - earlier.Syncs);
}
