namespace PyTake.Faults;

/// <summary>The cluster under trial, and the ways to it. Everything goes through nginx, as browsers and Meta do.</summary>
internal sealed class Site : IDisposable
{
    public Site(string clusterFile, string graphToken, int seed)
    {
        Parts = new ClusterParts(clusterFile);
        GraphToken = graphToken;
        Random = new Random(seed);
        var cluster = Parts.Read();
        Database = new Database(cluster.Postgres.ConnectionString);
        Http = Client(cluster.BaseUrl);
        Simulator = Client(cluster.Simulator.Url);
    }

    public ClusterParts Parts { get; }
    public string GraphToken { get; }
    public Random Random { get; }
    public Database Database { get; }
    public HttpClient Http { get; }
    public HttpClient Simulator { get; }

    /// <summary>A client of many users at once.</summary>
    public static HttpClient Client(Uri baseUrl) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,         // each consumer is a browser of its own
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    })
    { BaseAddress = baseUrl, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Starts every part that does not run, and has the Graph API behave.</summary>
    public async Task RestoreAsync()
    {
        foreach (var part in (string[])["postgres", "redis", "simulator", .. Parts.Read().Nodes.Select(node => node.Name), "nginx"])
            try
            {
                await Parts.StartAsync(part);
            }
            catch (IOException exception)
            {
                Console.Error.WriteLine($"  {part} is still down: {exception.Message.Split('\n')[0]}");
            }
        using var answer = await Simulator.DeleteAsync("/_control/rules");
    }

    public void Dispose()
    {
        Http.Dispose();
        Simulator.Dispose();
    }
}
