namespace PyTake.Jobs;

/// <summary>Jobs that the previous version stored, and its nodes that run beside this one.</summary>
public sealed class FormerJobTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("PyTake.Hangfire.FailedItemJob, PyTake.Hangfire")]
    [InlineData("PyTake.Hangfire.FailedItemJob, PyTake.Hangfire, Version=0.1.0.0, Culture=neutral, PublicKeyToken=null")]
    public async Task A_failed_items_job_of_the_previous_version_is_run(string type)
    {
        await using var node = TestNode.Start(_database, ("Workers:Enabled", "true"));
        var organization = await Given.Organization(node);
        await _database.ExecuteAsync("""
            insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, phone_number_id, payload, state, error)
            values (1000001, 7, now(), 8, 'message', @number, '{}', 'dead', 'It broke')
            """, new { number = organization.Number.PhoneNumberId });
        var job = await Insert(type, "RunAsync", ["System.Int64", "System.Threading.CancellationToken"], ["1000001", null], "maintenance");

        await Wait.Until(async () => await StateOf(job) == "Succeeded", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Recurring_work_of_the_previous_version_is_run_and_stored_under_the_name_it_knows()
    {
        await using var node = TestNode.Start(_database, ("Workers:Enabled", "true"));
        var job = await Insert("PyTake.Hangfire.RecurringJob, PyTake.Hangfire, Version=0.1.0.0, Culture=neutral, PublicKeyToken=null", "RunAsync",
            ["System.String", "System.Threading.CancellationToken"], ["\"parked webhook items\"", null], "maintenance");

        await Wait.Until(async () => await StateOf(job) == "Succeeded", TimeSpan.FromSeconds(30));
        await Wait.Until(async () => await _database.SingleAsync<long>("select count(*) from hangfire.hash where field = 'Job'") > 0, TimeSpan.FromSeconds(30));
        foreach (var stored in await _database.QueryAsync<string>("select value from hangfire.hash where field = 'Job'"))
            Assert.Contains("PyTake.Hangfire.RecurringJob, PyTake.Hangfire", stored, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("webhooks")]
    [InlineData("outbound")]
    public async Task A_drain_of_the_previous_version_is_not_run_and_is_removed_once_none_of_its_nodes_is_left(string queue)
    {
        await using var node = TestNode.Start(_database, ("Workers:Enabled", "true"));
        var job = await Insert("PyTake.Hangfire.DrainJob, PyTake.Hangfire", "RunAsync",
            ["System.String", "System.String", "System.Threading.CancellationToken"], [$"\"{queue}\"", "\"messages\"", null], queue);
        await _database.ExecuteAsync("insert into hangfire.server (id, data, lastheartbeat) values ('old', @data::jsonb, now())",
            new { data = $$"""{"Queues": ["outbound", "webhooks"], "WorkerCount": 3, "StartedAt": "2026-01-01T00:00:00Z"}""" });

        await node.Get<OrphanedLeases>().DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Enqueued", await StateOf(job));

        await _database.ExecuteAsync("delete from hangfire.server where id = 'old'");
        await node.Get<OrphanedLeases>().DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Deleted", await StateOf(job));
        Assert.Equal(0, await _database.SingleAsync<long>("select count(*) from hangfire.jobqueue where queue = @queue", new { queue }));
    }

    private Task<string?> StateOf(long job) => _database.SingleAsync<string>("select statename from hangfire.job where id = @job", new { job });

    private async Task<long> Insert(string type, string method, string[] parameters, string?[] arguments, string queue)
    {
        var invocation = System.Text.Json.JsonSerializer.Serialize(new
        {
            Type = type,
            Method = method,
            ParameterTypes = System.Text.Json.JsonSerializer.Serialize(parameters.Select(p => $"{p}, System.Private.CoreLib")),
            Arguments = (string?)null,
        });
        return await _database.SingleAsync<long>("""
            with job as (
                insert into hangfire.job (statename, invocationdata, arguments, createdat)
                values ('Enqueued', @invocation::jsonb, @arguments::jsonb, now() - interval '1 hour')
                returning id
            ), state as (
                insert into hangfire.state (jobid, name, createdat, data)
                select id, 'Enqueued', now(), jsonb_build_object('Queue', @queue, 'EnqueuedAt', now()) from job
                returning id, jobid
            ), queued as (
                insert into hangfire.jobqueue (jobid, queue) select id, @queue from job
            )
            select jobid from state
            """, new { invocation, arguments = System.Text.Json.JsonSerializer.Serialize(arguments), queue });
    }
}
