using Npgsql;
using NpgsqlTypes;

namespace PyTake.Database;

internal static class ArrayParameters
{
    /// <summary>Adds one column of a set of rows as a positional array parameter for <c>unnest</c>.</summary>
    public static void Add<TRow, TValue>(this NpgsqlBatchCommand command, NpgsqlDbType type, IReadOnlyList<TRow> rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        command.Parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }
}
