using System.Data;
using Dapper;
using PyTake.Json;

namespace PyTake.Database;

internal static class DapperMappings
{
    /// <summary>Once per process: snake_case columns bind to PascalCase members, jsonb columns to <see cref="RawJson"/>.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new JsonHandler());
    }

    private sealed class JsonHandler : SqlMapper.TypeHandler<RawJson>
    {
        public override RawJson Parse(object value) => new((string)value);

        public override void SetValue(IDbDataParameter parameter, RawJson value) => parameter.Value = value.Text;
    }
}
