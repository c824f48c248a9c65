using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Hangfire;
using Hangfire.States;
using Microsoft.Extensions.DependencyInjection;
using PyTake.Telemetry;
using PyTake.WhatsApp;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.Jobs;

/// <summary>Items that fail: a trigger in the test's own database makes PostgreSQL refuse their writes.</summary>
public sealed class FailedItemTests : IAsyncLifetime
{
    private const string From = "5511944440101";
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _organization = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await Meta.Poison(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_item_that_failed_is_a_job_with_its_error_and_can_be_run_at_once()
    {
        await Start(("Webhooks:RetrySeconds", "3600"));
        await Post("poison");
        var waiting = await _database.OnlyJob("FailedItemJob", "Scheduled");
        Assert.Contains("this is poison", waiting.Reason);

        await Heal();
        Run(waiting);
        await _database.OnlyJob("FailedItemJob", "Succeeded");
        Assert.Equal(["poison"], await Texts());
        Assert.Equal(0, await _database.SingleAsync<long>("select count(*) from hangfire.hash where key like 'pytake:webhook-item:%'"));
    }

    [Fact]
    public async Task An_item_is_retried_when_due_dead_lettered_with_its_error_and_takes_effect_once_when_replayed()
    {
        await Start(("Webhooks:RetrySeconds", "0.01"), ("Webhooks:MaxAttempts", "3"));
        await Post("poison");
        var dead = await _database.OnlyJob("FailedItemJob", "Failed");
        Assert.Contains("this is poison", dead.Error);
        Assert.Equal((DeferredItem.Dead, (short)3), await _database.SingleAsync<(string, short)>("select state, attempts from webhook_items_set_aside"));

        await Heal();
        Run(dead);
        await _database.OnlyJob("FailedItemJob", "Succeeded");
        var item = await _database.SingleAsync<long>("select arguments ->> 0 from hangfire.job where id = @Id", dead);
        await Task.WhenAll(_node.Get<FailedItemJob>().RunAsync(item, CancellationToken.None), _node.Get<FailedItemJob>().RunAsync(item, CancellationToken.None));
        Assert.Equal(["poison"], await Texts());
    }

    [Fact]
    public async Task An_item_that_is_replayed_or_discarded_takes_its_job_with_it()
    {
        await Start(("Webhooks:RetrySeconds", "3600"));
        await Post("poison");
        await _database.OnlyJob("FailedItemJob", "Scheduled");
        await Heal();

        var item = await _database.SingleAsync<long>("select id from webhook_items_set_aside");
        (await _organization.Admin.Http.Post($"/api/v1/ops/items/{item}/replay")).Expect(HttpStatusCode.OK);
        await _database.OnlyJob("FailedItemJob", "Deleted");
        await Wait.Until(async () => (await Texts()).Count == 1);
    }

    [Fact]
    public async Task An_item_without_a_notification_gets_its_job_too_and_one_that_only_waits_gets_none()
    {
        await Start();
        await _database.ExecuteAsync("""
            insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error, waits_for, due_at)
            values (1000001, 7, now(), 1, 'message', '{}', 'retry', 'It broke', null, now() + interval '1 hour'),
                   (1000002, 7, now(), 1, 'status', '{}', 'retry', 'It is about a message that is not here', 'wamid.x', now() + interval '1 hour')
            """);
        var catchUp = _node.Get<FailedItemJobs>().CatchUp;
        Assert.Contains(_node.Services.GetServices<Recurring>(), r => r.Name == catchUp.Name);

        await catchUp.RunAsync(CancellationToken.None);
        await catchUp.RunAsync(CancellationToken.None);
        Assert.Equal("It broke", (await _database.OnlyJob("FailedItemJob", "Scheduled")).Reason);
    }

    [Fact]
    public async Task The_sweep_leaves_a_failed_item_to_its_job_for_a_while()
    {
        await Start(("Workers:Enabled", "false"));
        await _database.ExecuteAsync("""
            insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error, waits_for, due_at)
            values (1000001, 1, now(), 1, 'message', '{}', 'retry', 'It broke', null, now() - interval '1 second'),
                   (1000002, 2, now(), 1, 'message', '{}', 'retry', 'It broke', null, now() - interval '1 minute'),
                   (1000003, 3, now(), 1, 'status', '{}', 'retry', 'It is about a message that is not here', 'wamid.x', now() - interval '1 second')
            """);

        Assert.Equal([1000002], await _node.Get<DeferredItems>().DueFailuresAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        var partitions = await _node.Get<DeferredItems>().RequeueDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal([(short)3], partitions);
    }

    [Fact]
    public async Task A_failed_items_job_continues_its_trace()
    {
        await Start(("Workers:Enabled", "false"));
        var trace = ActivityTraceId.CreateRandom();
        await _database.ExecuteAsync("""
            insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error, trace_parent)
            values (1000001, 7, now(), 8, 'message', '{}', 'dead', 'It broke', @parent)
            """, new { parent = $"00-{trace}-0123456789abcdef-01" });
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Tracing.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await _node.Get<FailedItemJob>().RunAsync(1000001, CancellationToken.None);
        Assert.Equal("0123456789abcdef", Assert.Single(spans, s => s.TraceId == trace && s.OperationName == "retry webhook item").ParentSpanId.ToString());
    }

    private async Task Start(params (string, string)[] settings)
    {
        var first = TestNode.Start(_database);
        _organization = await Given.Organization(first);
        await first.DisposeAsync();
        _node = TestNode.Start(_database,
            [("Workers:Enabled", "true"), ("Operations:OrganizationId", $"{_organization.Id}"), ("Logging:LogLevel:PyTake.WhatsApp", "None"), .. settings]);
        _organization = _organization with { Admin = _organization.Admin with { Http = _node.Client(_organization.Admin.Token) } };
    }

    // As the dashboard's button does.
    private void Run(StoredJob job) => Assert.True(_node.Get<IBackgroundJobClient>().ChangeState($"{job.Id}", new EnqueuedState(), job.State));

    private Task Heal() => _database.ExecuteAsync("drop trigger poison on messages");

    private async Task Post(string text) => Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Text(_organization.Number, From, text)));

    private Task<List<string>> Texts() => _database.QueryAsync<string>("select content ->> 'text' from messages order by seq");
}
