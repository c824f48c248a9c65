using System.Globalization;
using Hangfire.PostgreSql;
using Npgsql;
using PyTake.Database;

namespace PyTake.Jobs;

/// <summary>Hangfire's tables, in a schema of their own.</summary>
public static class HangfireSchema
{
    internal const string Schema = "hangfire";

    /// <summary>The tables' version in this build, as in <c>hangfire-23</c>.</summary>
    public static string Name { get; } = $"{Schema}-{Latest()}";

    /// <summary><c>migrate</c> installs it, and nodes wait for it.</summary>
    internal static ForeignSchema Tables { get; } = new(Name, Install);

    /// <summary>Creates the tables, or upgrades them to that version.</summary>
    public static void Install(NpgsqlConnection connection) => PostgreSqlObjectsInstaller.Install(connection, Schema);

    // Hangfire's scripts are named like Hangfire.PostgreSql.Scripts.Install.v23.sql.
    private static int Latest() => typeof(PostgreSqlObjectsInstaller).Assembly.GetManifestResourceNames()
        .Select(name => name.Split(".Install.v"))
        .Where(parts => parts.Length == 2)
        .Max(parts => int.Parse(parts[1].Split('.')[0], CultureInfo.InvariantCulture));
}
