using System.Globalization;
using Hangfire.PostgreSql;
using Npgsql;
using PyTake.Database;

namespace PyTake.Jobs;

/// <summary>Hangfire's tables, in a schema of their own.</summary>
public static class HangfireSchema
{
    internal const string Schema = "hangfire";

    /// <summary>Their version in this build, as in <c>hangfire-23</c>.</summary>
    public static string Name { get; } = $"{Schema}-{Latest()}";

    /// <summary>For <c>migrate</c>, and for nodes, which wait for it.</summary>
    internal static ForeignSchema Tables { get; } = new(Name, Install);

    /// <summary>Brings what is there, or nothing, to that version.</summary>
    public static void Install(NpgsqlConnection connection) => PostgreSqlObjectsInstaller.Install(connection, Schema);

    // Its scripts are called Hangfire.PostgreSql.Scripts.Install.v23.sql.
    private static int Latest() => typeof(PostgreSqlObjectsInstaller).Assembly.GetManifestResourceNames()
        .Select(name => name.Split(".Install.v"))
        .Where(parts => parts.Length == 2)
        .Max(parts => int.Parse(parts[1].Split('.')[0], CultureInfo.InvariantCulture));
}
