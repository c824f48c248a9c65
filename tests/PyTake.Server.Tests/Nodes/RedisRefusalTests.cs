using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PyTake.Hosting;
using PyTake.Realtime;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>A Redis that answers but does not execute commands: full, a replica after a failover, without permissions, slow.</summary>
public sealed class RedisRefusalTests : IAsyncLifetime
{
    private readonly TestLog<RedisLink> _log = new();
    private readonly TestLog<Supervisor> _failures = new();
    private PrivateRedis _redis = null!;
    private TestDatabase _database = null!;

    [Theory]
    [InlineData("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "OOM")]
    [InlineData("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "READONLY")]
    [InlineData("ACL SETUSER default -@write -@pubsub", "ACL SETUSER default +@all", "NOPERM")]
    [InlineData("CLIENT PAUSE 4000 ALL", "PING", null)]
    public async Task A_Redis_that_refuses_commands_is_treated_as_down_until_it_serves_again(string refuse, string serve, string? said)
    {
        await using var one = Start();
        await using var two = Start();
        TestNode[] nodes = [one, two];
        await Wait.Until(() => nodes.All(Sees), TimeSpan.FromSeconds(30));
        var organization = await Given.Organization(one);
        var conversation = await Given.Conversation(organization);
        await using var agent = await SignalRClient.ConnectAsync(two, organization.Agent.Token);
        await agent.Join(conversation.Id);

        Assert.Equal('+', (await _redis.CommandAsync(refuse))[0]);
        await Wait.Until(() => nodes.All(node => !Sees(node)), TimeSpan.FromSeconds(30));
        if (said is not null) await Wait.Until(() => _log.Lines.Any(l => l.Level == LogLevel.Warning && l.Text.Contains(said, StringComparison.Ordinal)), TimeSpan.FromSeconds(30));
        await Given.InboundMessage(conversation, "meanwhile");
        await agent.Next("message:new", m => m.Text() == "meanwhile", TimeSpan.FromSeconds(30));
        await using (var late = await SignalRClient.ConnectAsync(one, organization.Admin.Token)) await late.Join(conversation.Id);

        Assert.Equal('+', (await _redis.CommandAsync(serve))[0]);
        await Wait.Until(() => nodes.All(Sees), TimeSpan.FromSeconds(60));
        await Given.InboundMessage(conversation, "after it");
        await agent.Next("message:new", m => m.Text() == "after it", TimeSpan.FromSeconds(30));
        Assert.Equal([], _failures.Lines.Select(l => $"{l.Text}: {l.Exception}"));
        Assert.All(nodes, node => Assert.False(node.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested));
    }

    public static TheoryData<Exception> Errors =>
    [
        new RedisCommandException("Multi-key operations must involve a single slot"), new RedisException("of any kind"), new TimeoutException("too late"),
        new ObjectDisposedException("redis"), new InvalidCastException("a bug"),
    ];

    [Theory]
    [MemberData(nameof(Errors), DisableDiscoveryEnumeration = true)]
    public async Task No_error_of_a_command_reaches_its_caller(Exception error)
    {
        await using var node = Start();
        var link = node.Get<RedisLink>();
        await Wait.Until(() => link.IsOpen, TimeSpan.FromSeconds(30));

        Assert.False((await link.QueryAsync<int>(_ => throw error)).Answered);
        Assert.False((await link.QueryAsync(_ => Task.FromException<int>(error))).Answered);
        link.Try(_ => throw error);
        link.Try(_ => throw error);

        Assert.True((await link.QueryAsync(redis => redis.PingAsync())).Answered);
        // Each kind of refusal is logged once in a while, not each single one.
        Assert.Equal(error is RedisCommandException ? 1 : 0, _log.Lines.Count(l => l.Level == LogLevel.Warning && l.Text.Contains("refuses", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_handler_that_fails_does_not_prevent_the_others()
    {
        await using var node = Start();
        var link = node.Get<RedisLink>();
        await Wait.Until(() => link.IsOpen, TimeSpan.FromSeconds(30));
        var lost = new TaskCompletionSource();
        link.Lost += () => throw new InvalidOperationException("on purpose");
        link.Lost += lost.SetResult;

        await _redis.KillAsync();

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Contains(_log.Lines, l => l.Level == LogLevel.Error && l.Exception?.Message == "on purpose");
    }

    public async ValueTask InitializeAsync()
    {
        _redis = await PrivateRedis.StartAsync();
        _database = await TestDatabase.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private TestNode Start() => TestNode.Start(
        _database, services => services.AddSingleton<ILogger<RedisLink>>(_log).AddSingleton<ILogger<Supervisor>>(_failures), _redis.Setting);

    private static bool Sees(TestNode node) => node.Get<NodeRegistry>().Live.Count == 2;
}
