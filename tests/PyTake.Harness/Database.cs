using System.ComponentModel;
using System.Data.Common;
using System.Diagnostics;

namespace PyTake.Harness;

/// <summary>Queries the cluster's PostgreSQL through psql: a few statements per round need no database package.</summary>
public sealed class Database(string connectionString)
{
    private static readonly string Psql = Environment.GetEnvironmentVariable("PSQL") ?? "psql";
    private readonly DbConnectionStringBuilder _settings = new() { ConnectionString = connectionString };

    /// <summary>Runs statements and returns the fields of all rows.</summary>
    /// <exception cref="IOException">psql is missing, or PostgreSQL refused.</exception>
    public async Task<string[][]> QueryAsync(string sql)
    {
        var output = (await RunAsync(sql)).Demand();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
    }

    public async Task<long> NumberAsync(string sql) => long.Parse((await QueryAsync(sql))[0][0]);

    /// <summary>An SQL array literal of values that need no quoting.</summary>
    public static string Array<T>(IEnumerable<T> values) => "'{" + string.Join(',', values) + "}'";

    private async Task<ProcessResult> RunAsync(string sql)
    {
        var start = new ProcessStartInfo(Psql, ["-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1"]);
        foreach (var (variable, key) in new[]
            { ("PGHOST", "Host"), ("PGPORT", "Port"), ("PGDATABASE", "Database"), ("PGUSER", "Username"), ("PGPASSWORD", "Password") })
            start.Environment[variable] = (string)_settings[key];
        try
        {
            return await Processes.RunAsync(start, sql);
        }
        catch (Win32Exception exception)
        {
            throw new IOException($"{Psql}: {exception.Message}", exception);
        }
    }
}
