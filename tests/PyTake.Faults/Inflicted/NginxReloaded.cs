namespace PyTake.Faults.Inflicted;

internal sealed class NginxReloaded() : Fault("nginx-reloaded", "nginx reloads its configuration; its old workers exit after 30 s, with the WebSockets they carry")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(5), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var master = scene.Cluster.Nginx.Pid;
        var old = Processes.ChildrenOf(master);
        Processes.TrySignal(master, Signal.Hangup);
        foreach (var worker in old)
            if (!await Processes.HasEndedAsync(worker, TimeSpan.FromSeconds(45))) throw new IOException($"nginx's worker {worker} did not end");
    }
}
