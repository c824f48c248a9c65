namespace PyTake.Faults;

/// <summary>The cluster under trial, with clients for it. Requests go through nginx, as those of browsers and Meta do.</summary>
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

    /// <summary>An HTTP client that many simulated users share.</summary>
    public static HttpClient Client(Uri baseUrl) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,         // a shared cookie would send all users to one node
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    })
    { BaseAddress = baseUrl, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Starts every part that is not running, and removes all rules of the simulated Graph API.</summary>
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
