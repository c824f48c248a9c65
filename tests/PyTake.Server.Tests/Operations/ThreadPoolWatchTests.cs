using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Database;

namespace PyTake.Operations;

/// <summary>A blocked thread does not hold up a node.</summary>
public sealed class ThreadPoolWatchTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TestClock _clock = new();
    private readonly StandIn _threads = new();
    private readonly ThreadPoolWatch _watch;

    public ThreadPoolWatchTests()
        => _watch = new ThreadPoolWatch(
            _threads, Options.Create(new ThreadPoolSettings { MinThreads = 1 }), new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance),
            _services.GetRequiredService<IMeterFactory>(), _clock, NullLogger<ThreadPoolWatch>.Instance);

    public void Dispose() => _services.Dispose();

    [Fact]
    public void An_idle_pool_keeps_its_threads()
    {
        for (var i = 0; i < 10; i++) _watch.Look();

        Assert.Equal([1], _threads.Counts);
    }

    [Fact]
    public void A_busy_pool_is_not_a_blocked_one()
    {
        _threads.WaitingItems = 5;
        for (var i = 0; i < 10; i++)
        {
            _threads.CompletedItems++;
            _watch.Look();
        }

        Assert.Equal([1], _threads.Counts);
    }

    [Fact]
    public void A_blocked_pool_gets_a_thread_and_another_while_that_does_not_help()
    {
        _threads.WaitingItems = 5;
        for (var i = 0; i < 5; i++) _watch.Look();

        Assert.Equal([1, 2, 3], _threads.Counts);
    }

    [Fact]
    public void Added_threads_are_removed_after_a_while_of_progress()
    {
        _threads.WaitingItems = 5;
        for (var i = 0; i < 3; i++) _watch.Look();
        _threads.CompletedItems++;
        _watch.Look();
        Assert.Equal([1, 2], _threads.Counts);

        _clock.Advance(ThreadPoolWatch.CalmAfter + ThreadPoolWatch.Every);
        _threads.CompletedItems++;
        _watch.Look();

        Assert.Equal([1, 2, 1], _threads.Counts);
    }

    [Fact]
    public void The_real_pool_grows_and_shrinks_to_the_given_number()
    {
        var pool = new WorkerThreads();
        ThreadPool.GetMinThreads(out var least, out _);
        ThreadPool.GetMaxThreads(out var most, out _);
        try
        {
            pool.Set(least + 2);
            ThreadPool.GetMinThreads(out var now, out _);
            Assert.Equal(least + 2, now);
        }
        finally
        {
            pool.Set(least);
        }
        ThreadPool.GetMinThreads(out var afterwards, out _);
        ThreadPool.GetMaxThreads(out var mostAfterwards, out _);
        Assert.Equal((least, most), (afterwards, mostAfterwards));
    }

    private sealed class StandIn : WorkerThreads
    {
        public List<int> Counts { get; } = [];

        public long CompletedItems { get; set; }

        public long WaitingItems { get; set; }

        public override long Completed => CompletedItems;

        public override long Waiting => WaitingItems;

        public override void Set(int count) => Counts.Add(count);
    }
}
