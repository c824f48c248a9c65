using System.Diagnostics;
using Npgsql;

namespace PyTake;

/// <summary>A test's own PostgreSQL, which may be destroyed; started by the same scripts in infra as the cluster's.</summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pytake-postgres-").FullName;
    private readonly string _password = $"{Guid.NewGuid():N}";
    private readonly List<Process> _started = [];

    /// <summary>A folder for files that outlive the server.</summary>
    public string Beside => Path.Combine(_directory, "beside");

    /// <summary>Its data directory, once it has been started for the first time.</summary>
    public string Data => Path.Combine(_directory, "postgres");

    public int Port { get; } = Ports.Free();

    /// <summary>The superuser's connection string for a database.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Database = database, Username = "pytake", Password = _password, MaxPoolSize = 30, IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Starts it on the existing data, or with an empty database named pytake.</summary>
    public Task StartAsync() => BashAsync("start_postgres; create_database");

    /// <summary>Creates the role that backups have, as infra/README describes it.</summary>
    public Task AddBackupRoleAsync() => BashAsync(
        """run_sql postgres "$(cat "$ROOT/infra/roles.sql")"; run_sql postgres "alter role pytake_backup password '$POSTGRES_PASSWORD'" """);

    public Task StopAsync() => BashAsync("stop_parts postgres");

    /// <summary>Kills it and deletes its data, as if its machine were lost.</summary>
    public Task DestroyAsync() => BashAsync("""kill -s KILL "$(pid_of postgres)"; rm -rf "$(postgres_data)" "$RUN/postgres" """);

    /// <summary>Runs one of infra's scripts, with variables that point to this server.</summary>
    /// <returns>What it printed.</returns>
    public Task<string> RunAsync(string script, params string[] arguments) => ReadAsync(Command(Script(script), arguments));

    /// <summary>Starts a script that runs until the end of the test.</summary>
    public void Launch(string script, params string[] arguments)
    {
        var start = Command(Script(script), arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _started.Add(process);
    }

    /// <summary>Stops what <see cref="Launch"/> started, as an operator does.</summary>
    public async Task EndLaunchedAsync()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited) Processes.TrySignal(process.Id, Signal.Interrupt);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
            process.Dispose();
        }
        _started.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await EndLaunchedAsync();
        await StopAsync();
        await BashAsync("""rm -rf "$(postgres_data)" "$RUN" """);
    }

    private Task BashAsync(string script) => ReadAsync(Command("bash",
    [
        "-c",
        $"""
        set -euo pipefail
        for library in common packages postgres; do . "$0/infra/lib/$library.sh"; done
        use_run_dir "$1"
        POSTGRES_PORT={Port} POSTGRES_PASSWORD={_password} POSTGRES_OPTIONS=(fsync=off)
        {script}
        """,
        Repository.Root, _directory,
    ]));

    private static string Script(string name) => Path.Combine(Repository.Root, "infra", name);

    private ProcessStartInfo Command(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        (start.Environment["PGHOST"], start.Environment["PGPORT"]) = ("127.0.0.1", $"{Port}");
        (start.Environment["PGUSER"], start.Environment["PGPASSWORD"]) = (program == Script("backup") ? "pytake_backup" : "pytake", _password);
        return start;
    }

    private static async Task<string> ReadAsync(ProcessStartInfo start) => (await Processes.RunAsync(start, deadline: TimeSpan.FromMinutes(1))).Demand();
}
