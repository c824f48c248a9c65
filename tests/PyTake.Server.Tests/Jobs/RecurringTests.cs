using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Jobs;

public sealed class RecurringTests
{
    [Fact]
    public async Task Recurring_work_runs_as_a_job_and_sweeps_run_by_the_nodes_own_timer()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (ran, swept) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var node = TestNode.Start(database, services =>
        {
            services.AddRecurring("every second", _ => TimeSpan.FromSeconds(1), (_, _) => Done(ran));
            services.AddSweep("every moment", _ => TimeSpan.FromMilliseconds(50), (_, _) => Done(swept));
        }, ("Workers:Enabled", "true"));

        await Task.WhenAll(ran.Task, swept.Task).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.NotEmpty(await database.Jobs("RecurringJob", "every second"));
        Assert.Empty(await database.Jobs("RecurringJob", "every moment"));
        var known = node.Services.GetServices<Recurring>().Where(r => !r.OnEachNode).Select(r => r.Name);
        Assert.Equal(known.Order(), (await Scheduled(database)).Order());
    }

    [Fact]
    public async Task Recurring_work_that_no_longer_exists_is_unscheduled()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("insert into hangfire.set (key, score, value) values ('recurring-jobs', 0, 'what once was')");
        await using var node = TestNode.Start(database, ("Workers:Enabled", "true"));

        await Wait.Until(async () => await Scheduled(database) is { Count: > 0 } names && !names.Contains("what once was"), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_dead_nodes_lock_does_not_prevent_scheduling()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            "insert into hangfire.lock (resource, acquired) values ('hangfire:lock:recurring-job:parked webhook items', now() - interval '11 seconds')");
        await using var node = TestNode.Start(database, ("Workers:Enabled", "true"));
        var known = node.Services.GetServices<Recurring>().Where(r => !r.OnEachNode).Select(r => r.Name).Order().ToArray();
        await Wait.Until(async () => known.SequenceEqual((await Scheduled(database)).Order()), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("00:00:10", "*/10 * * * * *")]
    [InlineData("00:01:00", "*/1 * * * *")]
    [InlineData("00:10:00", "*/10 * * * *")]
    [InlineData("01:00:00", "0 */1 * * *")]
    [InlineData("12:00:00", "0 */12 * * *")]
    [InlineData("1.00:00:00", "0 0 * * *")]
    public void Pauses_have_a_schedule(string every, string cron) => Assert.Equal(cron, Schedule.Cron(Every(every)));

    [Theory]
    [InlineData("00:00:00.5")]
    [InlineData("00:00:07")]
    [InlineData("00:01:30")]
    [InlineData("05:00:00")]
    [InlineData("2.00:00:00")]
    public void A_pause_without_a_schedule_is_refused_by_name(string every)
        => Assert.Contains("some work", Assert.Throws<ArgumentException>(() => Schedule.Cron(Every(every))).Message, StringComparison.Ordinal);

    private static Task<List<string>> Scheduled(TestDatabase database)
        => database.QueryAsync<string>("select value from hangfire.set where key = 'recurring-jobs'");

    private static Recurring Every(string every) => new("some work", TimeSpan.Parse(every), OnEachNode: false, _ => Task.CompletedTask);

    private static Task Done(TaskCompletionSource source)
    {
        source.TrySetResult();
        return Task.CompletedTask;
    }
}
