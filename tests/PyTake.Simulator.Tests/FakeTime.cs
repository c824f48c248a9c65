namespace PyTake.Simulator.Tests;

/// <summary>A clock that only moves when a test advances it.</summary>
internal sealed class FakeTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TaskCompletionSource _timerSet = NewSignal();
    private DateTimeOffset _now = Start;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    /// <summary>Advances the clock to the next timer, waiting for one to be set, and returns by how much.</summary>
    public async Task<TimeSpan> MoveToNextTimerAsync()
    {
        var wait = await TimerAsync();
        Advance(wait);
        return wait;
    }

    /// <summary>The time until the next timer is due; waits for one to be set.</summary>
    public async Task<TimeSpan> TimerAsync()
    {
        while (true)
        {
            Task timerSet;
            lock (_lock)
            {
                if (_timers.MinBy(timer => timer.Due) is { } next)
                    return next.Due - _now;
                timerSet = _timerSet.Task;
            }
            await timerSet.WaitAsync(Deadline.Patience);
        }
    }

    public void Advance(TimeSpan time)
    {
        Timer[] due;
        lock (_lock)
        {
            _now += time;
            due = [.. _timers.Where(timer => timer.Due <= _now).OrderBy(timer => timer.Due)];
            _timers.RemoveAll(due.Contains);
        }
        foreach (var timer in due)
            timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Timer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        // On the thread pool, as real timers do: the callback may wait for the clock again.
        public void Fire() => ThreadPool.QueueUserWorkItem(_ => callback(state));

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = time._now + dueTime;
                time._timers.Add(this);
                time._timerSet.TrySetResult();
                time._timerSet = NewSignal();
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
