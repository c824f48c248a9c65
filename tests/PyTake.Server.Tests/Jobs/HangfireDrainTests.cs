using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PyTake.WhatsApp;

namespace PyTake.Jobs;

public sealed class HangfireDrainTests : IAsyncLifetime
{
    private const string Lanes = "webhook lanes";
    private static readonly (string, string) Works = ("Workers:Enabled", "true");
    private readonly List<TestNode> _nodes = [];
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Messages_that_come_while_a_drain_runs_cost_no_job()
    {
        var node = Start(Works);
        var organization = await Given.Organization(node);
        await Post(node, organization, "first");
        await Stored(1);
        for (var n = 0; n < 20; n++) await Post(node, organization, $"next {n}");
        await Stored(21);

        Assert.Equal("Processing", Assert.Single(await _database.Jobs("DrainJob", Lanes)).State);
    }

    [Fact]
    public async Task A_drain_that_has_nothing_to_do_ends_and_the_next_message_starts_another()
    {
        var node = Start(Works, ("Jobs:Linger", "00:00:00.2"));
        var organization = await Given.Organization(node);
        await Post(node, organization, "first");
        await _database.OnlyJob("DrainJob", "Succeeded", Lanes);
        await Post(node, organization, "second");

        await Stored(2);
        Assert.Equal(2, (await _database.Jobs("DrainJob", Lanes)).Count);
    }

    [Fact]
    public async Task A_message_is_sent_though_nobody_said_that_it_waits()
    {
        await using var graph = await WhatsApp.Outbound.FakeGraph.StartAsync();
        var node = Start(Works, ("Jobs:Linger", "00:00:00.2"), ("WhatsApp:GraphBaseUrl", graph.Url), ("Outbound:SweepInterval", "00:00:00.05"));
        var organization = await Given.Organization(node);
        (await organization.Admin.Http.Put($"/api/v1/whatsapp/{organization.Number.Id}", new { access_token = "token" })).Expect(HttpStatusCode.OK);
        var conversation = await Given.OpenConversation(organization);
        for (var n = 1; n <= 2; n++)
        {
            // As by a node that died right after its commit.
            var serving = Start(("Backplane:ChannelPrefix", $"{_database.Name}-apart"));
            (await serving.Client(organization.Agent.Token).Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "Oi" } }))
                .Expect(HttpStatusCode.Created);
            await Wait.Until(async () => await _database.SingleAsync<long>("select count(*) from messages where status = 'sent'") == n, TimeSpan.FromSeconds(30));
            await Wait.Until(async () => (await _database.Jobs("DrainJob", "\"messages")).All(j => j.State == "Succeeded"), TimeSpan.FromSeconds(30));
        }
        Assert.Equal(2, (await _database.Jobs("DrainJob", "\"messages")).Count);
    }

    [Fact]
    public async Task A_drain_may_be_run_twice()
    {
        var node = Start(Works);
        var organization = await Given.Organization(node);
        await Post(node, organization, "first");
        await Stored(1);

        // It runs already, so that this returns at once.
        await node.Get<DrainJob>().RunAsync(Queues.Webhooks, Lanes, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await Post(node, organization, "second");
        await Stored(2);
    }

    [Fact]
    public async Task On_a_node_one_runs_at_a_time_and_takes_every_signal_whatever_the_moment()
    {
        var probe = new Probe();
        // It ends as soon as there is nothing to do, so that many signals come while it is ending.
        var settings = new HangfireSettings("probe", TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Start(services => services.AddSingleton<IDrain>(probe).AddSingleton(settings), Works);

        for (var round = 1; round <= 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(probe.Put)));
            await Wait.Until(() => probe.Taken == 10 * round, TimeSpan.FromSeconds(30));
        }
        Assert.Equal(1, probe.MostAtATime);
        Assert.InRange((await _database.Jobs("DrainJob", "probe")).Count, 1, 60);
    }

    [Fact]
    public async Task A_node_that_does_not_work_wakes_one_that_does()
    {
        var serving = Start();
        var working = Start(Works);
        var organization = await Given.Organization(serving);
        await Post(serving, organization, "first");
        await Stored(1);

        Assert.Single(await _database.Jobs("DrainJob", Lanes));
        Assert.Equal(0, await ServersOf(serving));
        await Wait.Until(async () => await ServersOf(working) == 2);
    }

    [Fact]
    public async Task What_a_killed_drain_left_is_taken_over_and_so_is_its_job()
    {
        (string, string)[] settings = [Works, ("Jobs:InvisibilityTimeout", "00:00:03"), ("Jobs:Linger", "00:00:01")];
        var serving = Start();
        var organization = await Given.Organization(serving);
        using var killed = ServerProcess.Start(["--urls", "http://127.0.0.1:0"],
            [.. TestNode.Usual(_database).Select(s => (s.Key, s.Value)), .. settings, ("Jobs:Linger", "00:10:00")]);
        try
        {
            await Post(serving, organization, "before");
            await Stored(1);
        }
        finally
        {
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal("Processing", Assert.Single(await _database.Jobs("DrainJob", Lanes)).State);
        await Post(serving, organization, "meanwhile");

        Start(settings);
        await Stored(2);
        await Wait.Until(async () => (await _database.Jobs("DrainJob", Lanes)).All(j => j.State == "Succeeded"), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_drain_keeps_its_job_for_as_long_as_it_runs()
    {
        var node = Start(Works, ("Jobs:InvisibilityTimeout", "00:00:04"), ("Jobs:Linger", "00:10:00"));
        Start(Works, ("Jobs:InvisibilityTimeout", "00:00:04"));
        var organization = await Given.Organization(node);
        await Post(node, organization, "first");
        await Stored(1);
        var job = (await _database.Jobs("DrainJob", Lanes))[0].Id;
        Task<double> RunsForSeconds() => _database.SingleAsync<double>("""
            select extract(epoch from q.fetchedat - s.createdat)::float8
            from hangfire.jobqueue q join hangfire.state s on s.jobid = q.jobid and s.name = 'Processing'
            where q.jobid = @job
            """, new { job });

        // Longer than the time-out, on and on, and the other node does not get it.
        await Wait.Until(async () => await RunsForSeconds() > 6, TimeSpan.FromSeconds(30));
    }

    private TestNode Start(params (string, string)[] settings) => Start(null, settings);

    private TestNode Start(Action<IServiceCollection>? services, params (string, string)[] settings)
    {
        var node = TestNode.Start(_database, services, settings);
        _nodes.Add(node);
        return node;
    }

    private static async Task Post(TestNode node, TestOrganization organization, string text)
        => Assert.Equal(HttpStatusCode.OK, await Meta.Post(node, Meta.Text(organization.Number, "5511977770001", text)));

    private Task Stored(int messages)
        => Wait.Until(async () => await _database.SingleAsync<long>("select count(*) from messages") == messages, TimeSpan.FromSeconds(30));

    private Task<long> ServersOf(TestNode node) => _database.SingleAsync<long>(
        "select count(*) from hangfire.server where id like @name", new { name = node.Get<HangfireSettings>().NodeName + "-%" });

    /// <summary>A drain that counts.</summary>
    private sealed class Probe : IDrain
    {
        private readonly SemaphoreSlim _wake = new(0);
        private int _waiting, _running, _most, _taken;

        public event Action? Signalled;

        public string Name => "probe";

        public string Queue => Queues.Webhooks;

        public bool HasWork => Volatile.Read(ref _waiting) > 0;

        public int Taken => Volatile.Read(ref _taken);

        public int MostAtATime => Volatile.Read(ref _most);

        public void Put()
        {
            Interlocked.Increment(ref _waiting);
            _wake.Release();
            Signalled?.Invoke();
        }

        public async Task RunAsync(TimeSpan linger, CancellationToken cancellationToken)
        {
            var running = Interlocked.Increment(ref _running);
            if (running > _most) _most = running;
            do Interlocked.Add(ref _taken, Interlocked.Exchange(ref _waiting, 0));
            while (await _wake.WaitAsync(linger, cancellationToken).ContinueWith(w => w.IsCompletedSuccessfully && w.Result, TaskScheduler.Default));
            Interlocked.Decrement(ref _running);
        }
    }
}
