using System.Data.Common;

namespace PyTake.Database;

internal static class Results
{
    /// <summary>Reads all rows of the reader's current result, and advances it to the next result.</summary>
    public static async Task<List<T>> ReadAllAsync<T>(this DbDataReader reader, Func<DbDataReader, T> parse, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add(parse(reader));
        await reader.NextResultAsync(cancellationToken);
        return rows;
    }
}
