using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PyTake.Operations;
using PyTake.WhatsApp.Webhooks;

namespace PyTake;

/// <summary>
/// The real program on Kestrel at a free port. Nodes on one <see cref="TestDatabase"/> are one cluster: they share its rows and
/// its part of Redis, and no other cluster's. Workers and demo mode are off unless a setting says otherwise.
/// </summary>
public sealed class TestNode : WebApplicationFactory<Program>
{
    public const string SigningKey = "a signing key that only tests use, long enough";
    public const string AppSecret = "an app secret that only tests use";
    public const string VerifyToken = "verify-token-of-tests";

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly Action<IServiceCollection>? _services;

    private TestNode(TestDatabase database, IReadOnlyDictionary<string, string> settings, Action<IServiceCollection>? services)
        => (Database, _settings, _services) = (database, settings, services);

    public TestDatabase Database { get; }

    /// <summary>http://127.0.0.1:port</summary>
    public Uri Url { get; private set; } = null!;

    /// <param name="database">The cluster it belongs to; the caller disposes it.</param>
    /// <param name="settings">Added to the usual ones or replacing them, spelled as in configuration: <c>("Workers:Enabled", "true")</c>.</param>
    public static TestNode Start(TestDatabase database, params (string Key, string Value)[] settings)
        => Start(database, null, settings);

    /// <param name="services">Overrides services, for a test clock or a fake of an external system.</param>
    /// <inheritdoc cref="Start(TestDatabase, ValueTuple{string, string}[])"/>
    public static TestNode Start(TestDatabase database, Action<IServiceCollection>? services, params (string Key, string Value)[] settings)
    {
        var all = Usual(database);
        foreach (var (key, value) in settings) all[key] = value;
        var node = new TestNode(database, all, services);
        node.UseKestrel(0);
        node.StartServer();
        var addresses = node.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        node.Url = new Uri(addresses.Addresses.First().Replace("[::]", "127.0.0.1").Replace("localhost", "127.0.0.1"));
        return node;
    }

    /// <summary>A client of this node, with this access token if one is given.</summary>
    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Url };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>A service of this node.</summary>
    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(Environments.Production);
        builder.UseSetting("Logging:Console:LogLevel:Default", "Critical");     // tests break things on purpose
        builder.UseDefaultServiceProvider(options => options.ValidateOnBuild = options.ValidateScopes = true);
        foreach (var (key, value) in _settings) builder.UseSetting(key, value);
        builder.ConfigureTestServices(services => services.AddSingleton<WorkerThreads, SharedThreads>().AddSingleton<IHostLifetime, NoSignals>());
        if (_services is not null) builder.ConfigureTestServices(_services);
    }

    /// <summary>The usual settings of a node on this database, also for nodes in a process of their own.</summary>
    public static Dictionary<string, string> Usual(TestDatabase database) => new()
    {
        ["ConnectionStrings:Postgres"] = database.NodeConnectionString,
        ["ConnectionStrings:Redis"] = TestEnvironment.Redis,
        ["Backplane:ChannelPrefix"] = database.Name,
        ["Accounts:SigningKey"] = SigningKey,
        ["Encryption:Keys:0"] = Convert.ToBase64String(new byte[32]),
        ["WhatsApp:AppSecrets:0"] = AppSecret,
        ["WhatsApp:VerifyToken"] = VerifyToken,
        ["WhatsApp:GraphBaseUrl"] = "http://127.0.0.1:9",
        ["Media:Folder"] = Path.Combine(Path.GetTempPath(), "pytake-tests", database.Name),
        ["Node:Name"] = $"node-{Guid.NewGuid():N}"[..13],
        ["Demo:Enabled"] = "false",
        ["Workers:Enabled"] = "false",
        ["Logging:LogLevel:Default"] = "Warning",
    };

    /// <summary>Ignores signals: a signal to the process ends the test run, and nodes that handled it too would drain during their tests.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>All nodes of the process share one pool, so none of them sizes it.</summary>
    private sealed class SharedThreads : WorkerThreads
    {
        public override long Waiting => 0;

        public override void Set(int count)
        {
        }
    }
}

/// <summary>One node on one database, for test classes with no special needs; each test creates its own organization.</summary>
public class NodeFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public TestNode Node { get; private set; } = null!;

    /// <summary>Besides the usual ones.</summary>
    protected virtual (string Key, string Value)[] Settings => [];

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Node = TestNode.Start(Database, Settings);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            await Node.DisposeAsync();
        }
        finally
        {
            await Database.DisposeAsync();
        }
    }
}
