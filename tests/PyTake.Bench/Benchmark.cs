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
            foreach (var name in options.Loads.Where(name => name is not ('G' or 'I' or 'J' or 'M')))
                if (name == 'S') storms.Add(await StormAsync(number));
                else rounds.Add(await RoundAsync(Load.Named(name), cluster, number, inbox: null));

        if (options.Loads.Contains('M'))
        {
            var inbox = await FillAsync();
            for (var number = 1; number <= options.Rounds; number++) rounds.Add(await RoundAsync(Load.Named('M'), cluster, number, inbox));
        }
        var growth = options.Loads.Contains('G')
            ? await new Growth(new ClusterParts(options.Cluster), options, RoundAsync, FillAsync).RunAsync()
            : [];
        return new Report(cluster, options, _pace, rounds, storms, idle, growth);

        async Task<Round> RoundAsync(Load load, ClusterFile on, int number, Inbox? inbox)
        {
            var latency = disk is null ? null : Disk.Measure(disk, _pace.DiskProbe);
            var part = inbox?.Part(number * load.Conversations % inbox.Customers.Length, load.Conversations)
                ?? await Inbox.OpenAsync(load.Conversations, _database, _webhook, _http);
            using var run = new LoadRun(load, _pace, on, _webhook, _http, part);
            var round = await run.RunAsync(number, latency);
            progress(round);
            return round;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<StormFigures> StormAsync(int number)
    {
        using var storm = await Storm.PrepareAsync(_pace.Storm, cluster, _database, _webhook, _http);
        return await storm.RunAsync(number);
    }

    private Task<Inbox> FillAsync() => History.FillAsync(options.Messages, _database, _webhook, _http);
}
