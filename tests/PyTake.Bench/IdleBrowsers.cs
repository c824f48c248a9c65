namespace PyTake.Bench;

/// <summary>What a browser costs that has an open conversation in which nothing happens: the additional memory and CPU.</summary>
/// <param name="Load">I over SignalR, J over Socket.IO.</param>
/// <param name="NodeBytes">Resident memory of its node, per browser.</param>
/// <param name="NginxBytes">Resident memory of nginx, per browser; neither figure includes the kernel's socket buffers.</param>
/// <param name="Nodes">CPU seconds per second of all nodes together, for all browsers; most of it is pings.</param>
internal sealed record IdleFigures(char Load, int Browsers, double NodeBytes, double NginxBytes, double Nodes, double Nginx);

/// <summary>Connects many browsers and does nothing else.</summary>
internal static class IdleBrowsers
{
    private const int Count = 5_000, FewBefore = 500;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    // At least one ping interval of the browser and three of the hub, so that each browser's pings are counted.
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(15);

    public static async Task<IdleFigures> MeasureAsync(char load, ClusterFile cluster, Inbox inbox, HttpMessageInvoker http)
    {
        // Warm up first: code that runs for the first time also takes memory, but not per browser.
        using (await ConnectAsync(load, cluster, inbox, http, FewBefore)) await Task.Delay(Rest);
        await Task.Delay(Rest);
        var (nodes, nginx) = (Nodes(), Nginx());
        using var many = await ConnectAsync(load, cluster, inbox, http, Count);
        await Task.Delay(Rest);
        var cpu = new CpuMeter(cluster);
        await Task.Delay(Measured);
        var used = cpu.Read();
        if (many.Browsers.Count(browser => !browser.IsConnected) is > 0 and var gone) throw new IOException($"{gone} of {Count} idle browsers were disconnected");
        return new IdleFigures(
            load, Count, (double)(Nodes() - nodes) / Count, (double)(Nginx() - nginx) / Count, used.Nodes / used.Seconds, used.Nginx / used.Seconds);

        long Nodes() => cluster.Nodes.Sum(node => Memory.OfTree(node.Pid));
        long Nginx() => Memory.OfTree(cluster.Nginx.Pid);
    }

    private static async Task<Connected> ConnectAsync(char load, ClusterFile cluster, Inbox inbox, HttpMessageInvoker http, int count)
    {
        var ledger = new Ledger(1, inbox.Conversations.Length);
        var text = new MessageText(ledger.Run);
        var connected = new Connected([.. Enumerable.Range(0, count).Select(n => n % inbox.Conversations.Length)
            .Select(n => load == 'J'
                ? (IBrowser)new SocketIoBrowser(inbox.Conversations[n])
                : new Browser(new Reader(ledger, n), text, inbox.Conversations[n]))]);
        var token = await Agent.LogInAsync(cluster.BaseUrl);
        await Parallel.ForEachAsync(connected.Browsers, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (browser, _) => await browser.JoinAsync(cluster.BaseUrl, token, http, connected.Stop));
        return connected;
    }

    private sealed class Connected(IBrowser[] browsers) : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public IBrowser[] Browsers => browsers;
        public CancellationToken Stop => _stop.Token;

        public void Dispose()
        {
            _stop.Cancel();
            foreach (var browser in browsers) browser.Dispose();
            _stop.Dispose();
        }
    }
}
