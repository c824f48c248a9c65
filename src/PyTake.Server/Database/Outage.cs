using Npgsql;

namespace PyTake.Database;

internal static class Outage
{
    /// <summary>
    /// Whether the database was unreachable, busy or full, so that a retry may succeed. Any other error, including a statement timeout, is
    /// caused by the statement or its data.
    /// </summary>
    public static bool Is(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => false,
        // On a full disk a session may end as it begins: "could not write init file".
        PostgresException { SqlState: ['X', 'X', ..], InvariantSeverity: "FATAL" } => true,
        PostgresException postgres => postgres.IsTransient || postgres.SqlState[..2] is "08" or "53" or "57" or "58",
        // A connection that broke or could not be opened, or an exhausted pool.
        NpgsqlException or InvalidOperationException { Source: "Npgsql" } or TimeoutException => true,
        _ => false,
    };
}
