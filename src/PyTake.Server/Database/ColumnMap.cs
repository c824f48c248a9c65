using Npgsql;
using NpgsqlTypes;

namespace PyTake.Database;

/// <summary>
/// The columns of a set of rows that a statement receives through <c>unnest</c>: each one's name and how to read it from a row. The
/// statement's text and its parameters are built from the same list, so that they always match.
/// </summary>
internal sealed class ColumnMap<TRow>
{
    private readonly List<Column> _columns = [];

    /// <summary>Adds a column.</summary>
    /// <param name="expression">Converts the parameter's value to the column's, if they differ: <c>{0}::jsonb</c>.</param>
    public ColumnMap<TRow> With<TValue>(string name, NpgsqlDbType type, Func<TRow, TValue> value, string expression = "{0}")
    {
        _columns.Add(new(name, expression, (command, rows) => command.Add(type, rows, value)));
        return this;
    }

    /// <summary>Adds a jsonb column, whose values are JSON texts.</summary>
    public ColumnMap<TRow> WithJson(string name, Func<TRow, string?> value) => With(name, NpgsqlDbType.Text, value, "{0}::jsonb");

    /// <summary>Adds all columns of another map.</summary>
    public ColumnMap<TRow> With(ColumnMap<TRow> others)
    {
        _columns.AddRange(others._columns);
        return this;
    }

    /// <summary><c>id, content, …</c></summary>
    public string Names => string.Join(", ", _columns.Select(column => column.Name));

    /// <summary><c>id, content::jsonb, …</c></summary>
    public string Values => string.Join(", ", _columns.Select(column => string.Format(null, column.Expression, column.Name)));

    /// <summary><c>content = u.content::jsonb, …</c></summary>
    public string Assignments(string alias)
        => string.Join(", ", _columns.Select(column => $"{column.Name} = {string.Format(null, column.Expression, $"{alias}.{column.Name}")}"));

    /// <summary><c>unnest($1, $2, …)</c>, beginning with parameter <paramref name="first"/>.</summary>
    public string Unnest(int first = 1) => $"unnest({string.Join(", ", _columns.Select((_, index) => $"${first + index}"))})";

    /// <summary>Adds the parameters to a command, one array for each column, in the order of <see cref="Unnest"/>.</summary>
    public void AddTo(NpgsqlBatchCommand command, IReadOnlyList<TRow> rows)
    {
        foreach (var column in _columns) column.Add(command, rows);
    }

    private sealed record Column(string Name, string Expression, Action<NpgsqlBatchCommand, IReadOnlyList<TRow>> Add);
}
