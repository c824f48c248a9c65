namespace PyTake.Bench;

/// <summary>Runs all rounds of all loads, one after the other.</summary>
internal sealed class Benchmark(BenchOptions options, Cluster cluster) : IDisposable
{
    private readonly Pace _pace = options.Quick ? Pace.Quick : Pace.Full;
    private readonly Database _database = new(cluster.Postgres.ConnectionString);
    private readonly Webhook _webhook = new(cluster.BaseUrl, cluster.Whatsapp);
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
    });

    /// <param name="progress">Is told each round as it ends.</param>
    public async Task<Report> RunAsync(Action<Round> progress)
    {
        List<Round> rounds = [];
        // First, while the nodes' memory has seen no load.
        var idle = options.Loads.Contains('I')
            ? await IdleBrowsers.MeasureAsync(cluster, await Inbox.OpenAsync(20, _database, _webhook, _http), _http)
            : null;
        var disk = await Disk.FindAsync(_database);
        for (var number = 1; number <= options.Rounds; number++)
            foreach (var load in options.Loads.Where(name => name is not ('I' or 'M')).Select(Load.Named))
                await RoundAsync(load, number, await OpenAsync(load));

        if (options.Loads.Contains('M'))
        {
            var load = Load.Named('M');
            var inbox = await History.FillAsync(_pace.History, _database, _webhook, _http);
            for (var number = 1; number <= options.Rounds; number++)
                await RoundAsync(load, number, inbox.Part((number - 1) * load.Conversations % inbox.Customers.Length, load.Conversations));
        }
        return new Report(cluster, options, _pace, rounds, idle);

        async Task RoundAsync(Load load, int number, Inbox inbox)
        {
            var latency = disk is null ? null : Disk.Measure(disk, _pace.DiskProbe);
            using var run = new LoadRun(load, _pace, cluster, _webhook, _http, inbox);
            rounds.Add(await run.RunAsync(number, latency));
            progress(rounds[^1]);
        }
    }

    public void Dispose() => _http.Dispose();

    private Task<Inbox> OpenAsync(Load load) => Inbox.OpenAsync(load.Conversations, _database, _webhook, _http);
}
