using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PyTake.Bench;

/// <summary>How long a synced write of one block to PostgreSQL's disk takes, in milliseconds.</summary>
internal sealed record DiskLatency(double P50Ms, double P99Ms);

/// <summary>
/// Writes as PostgreSQL writes its WAL: 8 kB into a preallocated file, then fdatasync. No webhook can be acknowledged
/// faster than one such write, and the system's p99 cannot be better than the disk's.
/// </summary>
internal static class Disk
{
    private const int Block = 8192, Blocks = 2048;

    /// <summary>Finds the directory that contains PostgreSQL's data directory; null if it is not on this machine.</summary>
    public static async Task<string?> FindAsync(Database database)
    {
        var data = (await database.QueryAsync("show data_directory"))[0][0];
        return Directory.Exists(data) ? Path.GetDirectoryName(data) : null;
    }

    /// <param name="directory">A file of 16 MB is written here and deleted.</param>
    public static DiskLatency Measure(string directory, TimeSpan duration)
    {
        var block = new byte[Block];
        Random.Shared.NextBytes(block);
        List<double> samples = [];
        var path = Path.Combine(directory, $"bench-{Environment.ProcessId}.tmp");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
        for (var n = 0; n < Blocks; n++) RandomAccess.Write(file, block, (long)n * Block);
        RandomAccess.FlushToDisk(file);
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < duration;)
        {
            var at = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, block, (long)(samples.Count % Blocks) * Block);
            if (DataSync(file) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
            samples.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
        }
        return new DiskLatency(samples.Percentile(50), samples.Percentile(99));
    }

    // .NET only offers fsync (FlushToDisk), which also writes the file's timestamps; PostgreSQL's default is fdatasync.
    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int DataSync(SafeFileHandle file);
}
