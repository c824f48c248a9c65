namespace PyTake.Faults.Inflicted;

internal sealed class NginxKilled() : Fault("nginx-killed", "nginx is killed with all its workers and started again")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var master = scene.Cluster.Nginx.Pid;
        int[] all = [master, .. Processes.ChildrenOf(master)];
        foreach (var pid in all) Processes.TrySignal(pid, Signal.Kill);
        foreach (var pid in all) await Processes.HasEndedAsync(pid, TimeSpan.FromSeconds(10));
        await scene.Parts.StartAsync("nginx");
    }
}
