namespace PyTake.Faults.Peers;

/// <summary>A fault that a peer can be put through, equivalent to our <see cref="Inflicted.Fault"/> of the same name.</summary>
internal sealed record PeerFault(string Name, Func<Peer, IReadOnlyList<SocketIoConsumer>, Task> InflictAsync)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<PeerFault> All { get; } =
    [
        new("networks-drop", (_, consumers) => Task.WhenAll(consumers.Select(DropAsync))),
        new("nginx-killed", (peer, _) => peer.Nginx.RestartAsync(Signal.Kill, away: TimeSpan.Zero)),
        new("node-asleep", (peer, _) => SleepAsync(peer.Nodes[0])),
        new("node-killed", (peer, _) => peer.Nodes[0].RestartAsync(Signal.Kill, away: TimeSpan.Zero)),
        new("node-terminated", (peer, _) => peer.Nodes[0].RestartAsync(Signal.Terminate, away: TimeSpan.Zero)),
        new("rolling-restart", async (peer, _) =>
        {
            foreach (var node in peer.Nodes) await node.RestartAsync(Signal.Terminate, away: TimeSpan.Zero);
        }),
        new("redis-killed", (peer, _) => peer.Redis.RestartAsync(Signal.Kill, away: TimeSpan.FromSeconds(10))),
        new("redis-paused", (peer, _) => PauseAsync(peer.RedisPort, TimeSpan.FromSeconds(8))),
        new("redis-restarted", (peer, _) => peer.Redis.RestartAsync(Signal.Terminate, away: TimeSpan.Zero)),
        new("redis-subscribers-cut", (peer, _) => CutSubscribersAsync(peer.RedisPort)),
    ];

    private static async Task DropAsync(SocketIoConsumer consumer)
    {
        for (var n = 0; n < 6; n++)
        {
            await Task.Delay(TimeSpan.FromSeconds(4 * Random.Shared.NextDouble()));
            await consumer.CutAsync(TimeSpan.FromSeconds(2));
        }
    }

    private static async Task SleepAsync(PeerPart node)
    {
        Processes.TrySignal(node.Pid, Signal.Stop);
        await Task.Delay(TimeSpan.FromSeconds(20));
        Processes.TrySignal(node.Pid, Signal.Continue);
    }

    private static async Task PauseAsync(int redis, TimeSpan time)
    {
        await RedisCommand.RunAsync(redis, "CLIENT", "PAUSE", $"{time.TotalMilliseconds:0}", "ALL");
        await Task.Delay(time);
    }

    private static async Task CutSubscribersAsync(int redis)
    {
        for (var n = 0; n < 5; n++)
        {
            await RedisCommand.RunAsync(redis, "CLIENT", "KILL", "TYPE", "pubsub");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Waits until every consumer is in its rooms.</summary>
    /// <exception cref="TimeoutException">One is not, after half a minute.</exception>
    public static Task AllAreLiveAsync(IReadOnlyList<SocketIoConsumer> consumers) =>
        Wait.Until(() => consumers.All(c => c.IsLive), Patience, "not every consumer was in its rooms");
}
