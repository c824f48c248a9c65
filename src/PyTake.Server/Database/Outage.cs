using Npgsql;

namespace PyTake.Database;

internal static class Outage
{
    /// <summary>
    /// Whether the database was away, busy or full, so that the same works later. Anything else is a mistake or the fault of what was asked,
    /// as is a statement that took longer than it may.
    /// </summary>
    public static bool Is(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => false,
        // On a full disk a session may end as it begins: "could not write init file".
        PostgresException { SqlState: ['X', 'X', ..], InvariantSeverity: "FATAL" } => true,
        PostgresException postgres => postgres.IsTransient || postgres.SqlState[..2] is "08" or "53" or "57" or "58",
        // A connection that broke or could not be made, a pool without a free one.
        NpgsqlException or InvalidOperationException { Source: "Npgsql" } or TimeoutException => true,
        _ => false,
    };
}
