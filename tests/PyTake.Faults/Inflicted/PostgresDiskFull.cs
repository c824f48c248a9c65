using System.Globalization;

namespace PyTake.Faults.Inflicted;

internal sealed class PostgresDiskFull() : Fault("postgres-disk-full", "PostgreSQL's disk is full for 10 s, down to the last byte, WAL and tables alike, and every session is terminated")
{
    // Set by infra/faults to the mount point of the small disk that it made for PostgreSQL's data.
    private static readonly string? Disk = Environment.GetEnvironmentVariable("PYTAKE_FAULTS_DISK");

    public override string? Hindrance(Scene scene) =>
        Disk is null ? "PostgreSQL has no separate disk here: infra/faults creates one if it may mount (as root)" : null;

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var filler = Path.Combine(Disk!, "filler");
        try
        {
            var sessions = await scene.Database.QueryAsync("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
            // A new session writes this file if it is missing, and ends if it cannot.
            foreach (var file in Directory.EnumerateFiles(Disk!, "pg_internal.init", SearchOption.AllDirectories)) File.Delete(file);
            Fill(filler);
            foreach (var pid in sessions) Processes.TrySignal(int.Parse(pid[0], CultureInfo.InvariantCulture), Signal.Terminate);
            await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
        }
        finally
        {
            File.Delete(filler);
        }
        // Without room for its WAL, PostgreSQL may have stopped; infra/up starts it if so, and does nothing if it is running.
        await scene.Parts.StartAsync("postgres");
    }

    // Most of the space is preallocated, which is quick; the rest is written, because PostgreSQL may take or free some meanwhile.
    private static void Fill(string filler)
    {
        var room = Math.Max(0, new DriveInfo(Path.GetDirectoryName(filler)!).AvailableFreeSpace - (16 << 20));
        using var file = File.OpenHandle(filler, FileMode.Create, FileAccess.Write, preallocationSize: room);
        var block = new byte[1 << 20];
        for (var at = room; block.Length >= 512;)
            try
            {
                RandomAccess.Write(file, block, at);
                at += block.Length;
            }
            catch (IOException)
            {
                block = new byte[block.Length / 2];
            }
    }
}
