using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using PyTake.Realtime;
using PyTake.WhatsApp;

namespace PyTake.Hosting;

/// <summary>
/// Each service of a node fails twice in the middle of its work. The node keeps running: everything else without interruption, and the
/// failed service a moment later.
/// </summary>
public sealed class NodeServiceTests(NodeServiceTests.EveryService fixture) : IClassFixture<NodeServiceTests.EveryService>
{
    /// <summary>All services, so that new ones are tested automatically.</summary>
    public static TheoryData<string> Services =>
        [.. typeof(Program).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(NodeService)) && !t.IsAbstract).Select(t => t.Name).Order()];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_service_that_fails_is_restarted_and_the_node_keeps_running(string service)
    {
        var node = fixture.Node;
        var supervisor = (FailingSupervisor)node.Get<Supervisor>();
        var before = supervisor.Running(service);
        Assert.NotEmpty(before);

        await supervisor.FailAsync(service);
        await ServesAsync(node);
        await Wait.Until(() => supervisor.Running(service).Count == before.Count, TimeSpan.FromSeconds(30));
        await supervisor.FailAsync(service);
        await Wait.Until(() => supervisor.Running(service).Count == before.Count, TimeSpan.FromSeconds(30));

        Assert.Empty(before.Intersect(supervisor.Running(service)));
        await ServesAsync(node);
        Assert.False(node.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    // From the webhook to the browser, through the intake, the workers, the rooms and the list.
    private static async Task ServesAsync(TestNode node)
    {
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var agent = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await agent.Join(conversation.Id);
        await agent.Watch();

        Assert.Equal(HttpStatusCode.OK, await Meta.Post(node, Meta.Text(organization.Number, conversation.Contact.WhatsappId, "Bom dia")));

        await agent.Next("message:new", m => m.Text() == "Bom dia", TimeSpan.FromSeconds(30));
        await agent.Next("conversation:updated", _ => true, TimeSpan.FromSeconds(30));
        (await node.Client().Get("/health/ready")).Expect(HttpStatusCode.OK);
    }

    /// <summary>A node with every service enabled.</summary>
    public sealed class EveryService : IAsyncLifetime
    {
        private TestDatabase _database = null!;

        public TestNode Node { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _database = await TestDatabase.CreateAsync();
            Node = TestNode.Start(
                _database, services => services.AddSingleton<Supervisor, FailingSupervisor>(), ("Workers:Enabled", "true"),
                ("Operations:MetricsUrl", $"http://127.0.0.1:{Ports.Free()}"));
        }

        public async ValueTask DisposeAsync()
        {
            await Node.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    /// <summary>Makes loops fail wherever they are, by cancelling a token that is not the one that stops them.</summary>
    private sealed class FailingSupervisor(TimeProvider time) : Supervisor(time, NullLogger<Supervisor>.Instance)
    {
        private readonly ConcurrentDictionary<Attempt, bool> _running = new();

        public IReadOnlyList<object> Running(string service) => [.. _running.Keys.Where(a => a.Service == service)];

        public Task FailAsync(string service)
            => Task.WhenAll(_running.Keys.Where(a => a.Service == service).Select(async attempt =>
            {
                await attempt.Failing.CancelAsync();
                await attempt.Failed.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }));

        protected override async Task AttemptAsync(string service, Loop loop, CancellationToken stoppingToken)
        {
            using var attempt = new Attempt(service, stoppingToken);
            _running[attempt] = true;
            try
            {
                await loop(attempt.Failing.Token);
            }
            catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
            {
            }
            finally
            {
                _running.TryRemove(attempt, out _);
                attempt.Failed.SetResult();
            }
            if (!stoppingToken.IsCancellationRequested) throw new InvalidOperationException("on purpose");
        }

        private sealed class Attempt(string service, CancellationToken stoppingToken) : IDisposable
        {
            public string Service => service;
            public CancellationTokenSource Failing { get; } = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public void Dispose() => Failing.Dispose();
        }
    }
}
