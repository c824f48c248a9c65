using System.Data;
using Dapper;
using PyTake.Http;

namespace PyTake.Database;

internal static class DapperMappings
{
    /// <summary>Once per process: snake_case columns bind to PascalCase members, jsonb columns to <see cref="Json"/>.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new JsonHandler());
    }

    private sealed class JsonHandler : SqlMapper.TypeHandler<Json>
    {
        public override Json Parse(object value) => new((string)value);

        public override void SetValue(IDbDataParameter parameter, Json value) => parameter.Value = value.Text;
    }
}
