namespace PyTake.Faults.Inflicted;

internal sealed class ClockJumps() : Fault("clock-jumps", "A node's clock jumps 4 minutes ahead, 4 minutes back, and is right again, 5 s each")
{
    private static readonly string[] Offsets = ["+240", "-240", "+0"];

    // libfaketime (https://github.com/wolfcw/libfaketime) reads the offset from a file each time that the clock is asked.
    private static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Select(d => Path.Combine(d, "faketime", "libfaketime.so.1")).FirstOrDefault(File.Exists)
        : null;

    public override string? Hindrance(Scene scene) => Library is null ? "libfaketime is missing (Debian's package libfaketime)" : null;

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var node = scene.AnyNode();
        var file = Path.GetTempFileName();
        try
        {
            await SetAsync(file, "+0");
            await RestartAsync(scene, node.Name,
                ("LD_PRELOAD", Library!), ("FAKETIME_TIMESTAMP_FILE", file), ("FAKETIME_NO_CACHE", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"));
            foreach (var offset in Offsets)
            {
                await SetAsync(file, offset);
                await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
            }
            await RestartAsync(scene, node.Name);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Put in place at once: whoever reads half an offset has another time.
    private static async Task SetAsync(string file, string offset)
    {
        await File.WriteAllTextAsync(file + ".new", offset + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    private static async Task RestartAsync(Scene scene, string node, params (string, string)[] environment)
    {
        await Scene.TerminateAsync(scene.Cluster.Nodes.Single(n => n.Name == node).Pid, Signal.Terminate, TimeSpan.FromSeconds(30));
        await scene.Parts.StartAsync(node, environment);
    }
}
