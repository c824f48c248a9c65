using System.Data;
using Dapper;
using PyTake.Json;

namespace PyTake.Database;

internal static class DapperMappings
{
    /// <summary>Maps snake_case columns to PascalCase members and jsonb columns to <see cref="RawJson"/>, for the whole process.</summary>
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
