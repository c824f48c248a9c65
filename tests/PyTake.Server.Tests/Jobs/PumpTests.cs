using System.Net;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using PyTake.Nodes;
using PyTake.WhatsApp;

namespace PyTake.Jobs;

public sealed class PumpTests : NodesPerTest
{
    // Webhooks, outbound messages, read receipts and files.
    private const int PumpsOfANode = 4;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Each_pump_of_a_node_is_one_job_and_messages_cost_none()
    {
        var node = StartWorker();
        var organization = await Given.Organization(node);
        await Wait.Until(async () => (await Running()).Count == PumpsOfANode, Deadline);
        var before = await Database.SingleAsync<long>("select last_value from hangfire.job_id_seq");
        for (var n = 0; n < 20; n++) await Post(node, organization, $"message {n}");
        await Stored(20);

        Assert.Equal(PumpsOfANode, (await Running()).Count);
        // Recurring work creates jobs too, but only once a minute.
        Assert.InRange(await Database.SingleAsync<long>("select last_value from hangfire.job_id_seq") - before, 0, 10);
    }

    [Fact]
    public async Task Jobs_of_pumps_are_run_only_by_their_own_node()
    {
        var (first, second) = (StartWorker(), StartWorker());
        await Wait.Until(async () => (await Running()).Count == 2 * PumpsOfANode, Deadline);

        var servers = await Database.QueryAsync<(string Queue, string Server)>("""
            select q.queue, s.data ->> 'ServerId'
            from hangfire.jobqueue q join hangfire.job j on j.id = q.jobid join hangfire.state s on s.id = j.stateid
            """);
        foreach (var node in (TestNode[])[first, second])
        {
            var own = servers.Where(s => s.Queue == node.Get<Pumps>().Queue).ToList();
            Assert.Equal(PumpsOfANode, own.Count);
            Assert.All(own, job => Assert.StartsWith($"{node.Get<NodeIdentity>().Name}-pumps:", job.Server, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task A_node_that_stops_leaves_no_job_that_appears_to_be_running()
    {
        var node = StartWorker();
        await Wait.Until(async () => (await Running()).Count == PumpsOfANode, Deadline);
        await node.DisposeAsync();

        var jobs = await Database.Jobs("PumpJob");
        Assert.Equal(PumpsOfANode, jobs.Count(j => j.State == "Succeeded"));
        Assert.DoesNotContain(jobs, j => j.State is "Enqueued" or "Processing");
    }

    [Fact]
    public async Task A_job_that_was_deleted_is_replaced_while_its_loop_goes_on()
    {
        var probe = new Probe();
        var node = Start(probe);
        var first = await RunningProbe();

        // As the dashboard's delete button does.
        Assert.True(node.Get<IBackgroundJobClient>().Delete($"{first.Id}"));
        probe.Put();
        await Wait.Until(() => probe.Taken == 1, Deadline);
        await Wait.Until(async () => (await Database.Jobs("PumpJob", "probe")).Any(j => j.State == "Processing" && j.Id != first.Id), Deadline);
        Assert.Equal((1, 1), (probe.Started, probe.MostAtATime));
    }

    [Fact]
    public async Task A_job_that_was_removed_from_the_tables_is_replaced_too()
    {
        var probe = new Probe();
        Start(probe);
        var first = await RunningProbe();

        await Database.ExecuteAsync("delete from hangfire.jobqueue where jobid = @Id; delete from hangfire.state where jobid = @Id; delete from hangfire.job where id = @Id", first);
        await Wait.Until(async () => await Database.Jobs("PumpJob", "probe") is [{ State: "Processing" } other] && other.Id != first.Id, Deadline);
        Assert.Equal((1, 1), (probe.Started, probe.MostAtATime));
    }

    [Fact]
    public async Task A_job_that_another_worker_takes_for_lost_does_not_run_the_loop_twice()
    {
        var probe = new Probe();
        var node = Start(probe);
        await RunningProbe();

        // What a worker does when it fetches the job again after its invisibility timeout.
        await node.Get<PumpJob>().RunAsync(node.Get<Pumps>().Queue, "probe", "node", CancellationToken.None).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        probe.Put();
        await Wait.Until(() => probe.Taken == 1, Deadline);
        Assert.Equal((1, 1), (probe.Started, probe.MostAtATime));
    }

    [Fact]
    public async Task Work_goes_on_without_Hangfires_tables_and_the_job_is_enqueued_once_they_are_back()
    {
        await Database.ExecuteAsync("alter schema hangfire rename to elsewhere; create schema hangfire");
        var probe = new Probe();
        Start(probe);
        probe.Put();
        await Wait.Until(() => probe.Taken == 1, Deadline);

        await Database.ExecuteAsync("drop schema hangfire cascade; alter schema elsewhere rename to hangfire");
        await RunningProbe();
        Assert.Equal((1, 1), (probe.Started, probe.MostAtATime));
    }

    [Fact]
    public async Task Work_goes_on_while_Hangfires_tables_are_locked()
    {
        await using var connection = await Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new Npgsql.NpgsqlCommand("lock table hangfire.job, hangfire.jobqueue in access exclusive mode", connection, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var probe = new Probe();
        Start(probe);
        probe.Put();
        await Wait.Until(() => probe.Taken == 1, Deadline);

        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await RunningProbe();
        Assert.Equal((1, 1), (probe.Started, probe.MostAtATime));
    }

    [Fact]
    public async Task A_loop_that_fails_is_started_again_and_its_job_shows_the_error()
    {
        var probe = new Probe();
        Start(probe);
        var job = await RunningProbe();
        probe.Break();
        probe.Put();
        await Wait.Until(() => probe.Taken == 1, Deadline);

        Assert.Equal((2, 1), (probe.Started, probe.MostAtATime));
        await Wait.Until(async () => (await Database.Jobs("PumpJob", "probe")).Any(j => j.Id == job.Id && j.State == "Deleted"), Deadline);
        var told = await Database.SingleAsync<string>("select data::text from hangfire.state where jobid = @Id and name = 'Deleted'", job);
        Assert.Contains("The probe broke", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_workers_wakes_one_with_workers()
    {
        var serving = Start();
        var working = StartWorker();
        var organization = await Given.Organization(serving);
        await Post(serving, organization, "first");
        await Stored(1);

        Assert.Equal(0, await ServersOf(serving));
        await Wait.Until(async () => await ServersOf(working) == 2, Deadline);
    }

    [Fact]
    public async Task A_killed_nodes_work_is_taken_over_and_its_jobs_are_removed()
    {
        var serving = Start();
        var organization = await Given.Organization(serving);
        using var killed = ServerProcess.Start(["--urls", "http://127.0.0.1:0"], [.. TestNode.Usual(Database).Select(s => (s.Key, s.Value)), ("Workers:Enabled", "true")]);
        try
        {
            await Post(serving, organization, "before");
            await Stored(1);
            await Wait.Until(async () => (await Running()).Count == PumpsOfANode, Deadline);
        }
        finally
        {
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        await Post(serving, organization, "meanwhile");
        var working = StartWorker(("Jobs:InvisibilityTimeout", "00:00:01"));
        await Stored(2);
        await Wait.Until(async () => (await Running()).Count == 2 * PumpsOfANode, Deadline);

        // As if a minute had passed: Hangfire has removed the server, and the jobs are old enough.
        await Database.ExecuteAsync("""
            delete from hangfire.server where id not like @name || '%';
            update hangfire.job set createdat = createdat - interval '1 hour';
            update hangfire.jobqueue set fetchedat = fetchedat - interval '1 hour' where queue <> @queue
            """, new { name = working.Get<NodeIdentity>().Name.ToLowerInvariant(), queue = working.Get<Pumps>().Queue });
        await working.Get<OrphanedLeases>().DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(PumpsOfANode, (await Running()).Count);
        Assert.Equal([working.Get<Pumps>().Queue], await Database.QueryAsync<string>("select distinct queue from hangfire.jobqueue where queue like 'pumps-%'"));
    }

    [Fact]
    public async Task A_job_is_kept_for_as_long_as_its_loop_runs()
    {
        StartWorker(("Jobs:InvisibilityTimeout", "00:00:04"));
        await Wait.Until(async () => (await Running()).Count == PumpsOfANode, Deadline);
        Task<double> RunsForSeconds() => Database.SingleAsync<double>("""
            select min(extract(epoch from q.fetchedat - s.createdat))::float8
            from hangfire.jobqueue q join hangfire.state s on s.jobid = q.jobid and s.name = 'Processing'
            where q.queue like 'pumps-%'
            """);

        // Several times longer than the timeout.
        await Wait.Until(async () => await RunsForSeconds() > 6, Deadline);
        Assert.Equal(PumpsOfANode, (await Running()).Count);
    }

    private TestNode Start(Probe probe) => StartWorker(services => services.AddSingleton<IPump>(probe));

    private static async Task Post(TestNode node, TestOrganization organization, string text)
        => Assert.Equal(HttpStatusCode.OK, await Meta.Post(node, Meta.Text(organization.Number, "5511977770001", text)));

    private Task Stored(int messages) => Wait.Until(async () => await Database.SingleAsync<long>("select count(*) from messages") == messages, Deadline);

    private async Task<List<StoredJob>> Running() => [.. (await Database.Jobs("PumpJob")).Where(j => j.State == "Processing")];

    private async Task<StoredJob> RunningProbe()
    {
        List<StoredJob> running = [];
        await Wait.Until(async () => (running = [.. (await Database.Jobs("PumpJob", "probe")).Where(j => j.State == "Processing")]).Count == 1, Deadline);
        return running[0];
    }

    private Task<long> ServersOf(TestNode node) => Database.SingleAsync<long>(
        "select count(*) from hangfire.server where id like @name", new { name = node.Get<NodeIdentity>().Name.ToLowerInvariant() + "-%" });

    /// <summary>A pump that counts.</summary>
    private sealed class Probe : IPump
    {
        private readonly SemaphoreSlim _wake = new(0);
        private int _waiting, _running, _most, _taken, _started;
        private bool _breaks;

        public string Name => "probe";

        public int Started => Volatile.Read(ref _started);

        public int Taken => Volatile.Read(ref _taken);

        public int MostAtATime => Volatile.Read(ref _most);

        /// <summary>Makes the loop fail once.</summary>
        public void Break()
        {
            _breaks = true;
            _wake.Release();
        }

        public void Put()
        {
            Interlocked.Increment(ref _waiting);
            _wake.Release();
        }

        public async Task RunAsync(CancellationToken stoppingToken)
        {
            var running = Interlocked.Increment(ref _running);
            if (running > _most) _most = running;
            try
            {
                Interlocked.Increment(ref _started);
                while (true)
                {
                    if (Interlocked.Exchange(ref _breaks, false)) throw new InvalidOperationException("The probe broke");
                    Interlocked.Add(ref _taken, Interlocked.Exchange(ref _waiting, 0));
                    await _wake.WaitAsync(stoppingToken);
                }
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }
}
