using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PyTake.Hosting;

public sealed class SupervisorTests
{
    private readonly TestLog<Supervisor> _log = new();

    [Fact]
    public async Task A_loop_that_fails_is_logged_and_restarted_until_it_is_cancelled()
    {
        using var stopping = new CancellationTokenSource();
        var runs = 0;
        var fourthRun = new TaskCompletionSource();

        var running = new Supervisor(TimeProvider.System, _log).RunAsync("Service", async stoppingToken =>
        {
            if (++runs <= 3) throw new InvalidOperationException($"failure {runs}");
            fourthRun.SetResult();
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }, stopping.Token);
        await fourthRun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await stopping.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.All(_log.Lines, line => Assert.Equal(LogLevel.Error, line.Level));
        Assert.Equal(["failure 1", "failure 2", "failure 3"], _log.Lines.Select(line => line.Exception!.Message));
        Assert.Equal(4, runs);
    }

    [Fact]
    public async Task The_pause_grows_with_each_failure_and_is_short_again_after_a_longer_run()
    {
        using var stopping = new CancellationTokenSource();
        var clock = new HurriedTime();
        var runs = 0;

        await new Supervisor(clock, _log).RunAsync("Service", _ =>
        {
            if (++runs == 10) clock.Pass(Supervisor.LongestPause);
            if (runs == 11) stopping.Cancel();
            throw new InvalidOperationException("on purpose");
        }, stopping.Token);

        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5, 0.1], clock.Pauses.Take(10).Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task A_timeout_inside_a_loop_is_a_failure_and_not_its_end()
    {
        using var stopping = new CancellationTokenSource();
        var runs = 0;

        await new Supervisor(new HurriedTime(), _log).RunAsync("Service", _ =>
        {
            // As thrown by an HTTP request or a query that times out.
            if (++runs == 1) throw new TaskCanceledException();
            return Task.CompletedTask;
        }, stopping.Token);

        Assert.Equal(2, runs);
        Assert.IsType<TaskCanceledException>(Assert.Single(_log.Lines).Exception);
    }

    [Fact]
    public void Every_background_service_of_a_node_is_supervised()
    {
        var background = typeof(Program).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(BackgroundService))).ToArray();

        Assert.True(background.Length > 15);
        Assert.Equal([typeof(NodeService)], background.Where(t => !t.IsSubclassOf(typeof(NodeService))));
    }

    /// <summary>A clock on which every pause ends at once.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        private long _now;

        public List<TimeSpan> Pauses { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
