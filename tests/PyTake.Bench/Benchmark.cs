namespace PyTake.Bench;

/// <summary>Runs all rounds of all loads, one after the other.</summary>
internal sealed class Benchmark(BenchOptions options, ClusterFile cluster) : IDisposable
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

    /// <param name="progress">Called with each round as it ends.</param>
    public async Task<Report> RunAsync(Action<Round> progress)
    {
        List<Round> rounds = [];
        List<StormFigures> storms = [];
        // First, while the nodes' memory has seen no load.
        var idle = options.Loads.FirstOrDefault(name => name is 'I' or 'J') is not '\0' and var idleLoad
            ? await IdleBrowsers.MeasureAsync(idleLoad, cluster, await Inbox.OpenAsync(20, _database, _webhook, _http), _http)
            : null;
        var disk = await Disk.FindAsync(_database);
        for (var number = 1; number <= options.Rounds; number++)
            foreach (var name in options.Loads.Where(name => name is not ('I' or 'J' or 'M')))
                if (name == 'S') storms.Add(await StormAsync(number));
                else await RoundAsync(Load.Named(name), number, await OpenAsync(Load.Named(name)));

        if (options.Loads.Contains('M'))
        {
            var load = Load.Named('M');
            var inbox = await History.FillAsync(_pace.History, _database, _webhook, _http);
            for (var number = 1; number <= options.Rounds; number++)
                await RoundAsync(load, number, inbox.Part((number - 1) * load.Conversations % inbox.Customers.Length, load.Conversations));
        }
        return new Report(cluster, options, _pace, rounds, storms, idle);

        async Task RoundAsync(Load load, int number, Inbox inbox)
        {
            var latency = disk is null ? null : Disk.Measure(disk, _pace.DiskProbe);
            using var run = new LoadRun(load, _pace, cluster, _webhook, _http, inbox);
            rounds.Add(await run.RunAsync(number, latency));
            progress(rounds[^1]);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<StormFigures> StormAsync(int number)
    {
        using var storm = await Storm.PrepareAsync(_pace.Storm, cluster, _database, _webhook, _http);
        return await storm.RunAsync(number);
    }

    private Task<Inbox> OpenAsync(Load load) => Inbox.OpenAsync(load.Conversations, _database, _webhook, _http);
}
