namespace PyTake.Faults.Inflicted;

internal sealed class ClockJumps() : Fault("clock-jumps", "A node's clock jumps 4 minutes ahead, 4 minutes back, and is right again, 5 s each")
{
    private static readonly int[] Offsets = [240, -240, 0];

    // Built by infra/faults from clock.c, if there is a C compiler.
    private static readonly string? Library = Environment.GetEnvironmentVariable("PYTAKE_FAULTS_CLOCK");

    public override string? Hindrance(Scene scene) => Library is null ? "there is no C compiler (cc) to build clock.c with" : null;

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var node = scene.AnyNode();
        var clock = Path.GetTempFileName();
        try
        {
            await SetAsync(clock, 0);
            await RestartAsync(scene, node.Name, ("LD_PRELOAD", Library!), ("PYTAKE_CLOCK", clock));
            foreach (var offset in Offsets)
            {
                await SetAsync(clock, offset);
                await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
            }
            await RestartAsync(scene, node.Name);
        }
        finally
        {
            File.Delete(clock);
        }
    }

    // Written in place, because the node has mapped the file into its memory.
    private static async Task SetAsync(string clock, long seconds)
    {
        await using var file = new FileStream(clock, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        await file.WriteAsync(BitConverter.GetBytes(seconds));
    }

    private static async Task RestartAsync(Scene scene, string node, params (string, string)[] environment)
    {
        await Scene.TerminateAsync(scene.Cluster.Nodes.Single(n => n.Name == node).Pid, Signal.Terminate, TimeSpan.FromSeconds(30));
        await scene.Parts.StartAsync(node, environment);
    }
}
