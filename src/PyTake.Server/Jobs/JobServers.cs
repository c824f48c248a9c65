using Hangfire;
using Hangfire.Common;
using Hangfire.Logging;
using PyTake.Nodes;

namespace PyTake.Jobs;

/// <summary>
/// Hangfire's servers on a node that works. Pumps have a worker each and no other job, so that none of these workers ever looks for one.
/// Everything else shares two, so that a minute's cleaning does not hold up a failed item's next attempt.
/// </summary>
internal sealed partial class JobServers(
    Pumps pumps, IEnumerable<Recurring> recurring, NodeIdentity node, JobStorage storage, IRecurringJobManager manager, IJobFilterProvider filters,
    JobActivator activator, TimeProvider time, ILoggerFactory loggers, ILogger<JobServers> logger) : IWork, IDisposable
{
    private const int OtherWorkers = 2;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private BackgroundJobServer[] _servers = [];
    private Task _scheduled = Task.CompletedTask;
    private Task? _stopped;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogProvider.SetCurrentLogProvider(new HangfireLogs(loggers));
        if (pumps.Count == 0) return Task.CompletedTask;
        _servers =
        [
            Start($"{node.Name}-pumps", pumps.Count, [pumps.Queue], isLightweight: true),
            Start($"{node.Name}-others", OtherWorkers, [Queues.Maintenance, Queues.Media], isLightweight: false),
        ];
        pumps.Start();
        _scheduled = Task.Factory.StartNew(ScheduleAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        return Task.CompletedTask;
    }

    // A host may ask twice at once, and goes on when one of the two returns.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return _stopped ??= StopAllAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    // The pumps' jobs end by themselves when their loops have.
    private async Task StopAllAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(pumps.StopAsync(), _scheduled).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var server in _servers) server.SendStop();
        foreach (var server in _servers)
        {
            await server.WaitForShutdownAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            server.Dispose();
        }
    }

    // Not in the way of the node's start, which does not depend on Hangfire's tables.
    private async Task ScheduleAsync()
    {
        var isLogged = false;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Schedule();
                return;
            }
            catch (Exception exception)
            {
                if (!isLogged) LogNotScheduled(exception);
                isLogged = true;
                await Task.Delay(RetryAfter, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Schedule()
    {
        var shared = recurring.Where(work => !work.OnEachNode).ToArray();
        foreach (var work in shared)
            manager.AddOrUpdate<RecurringJob>(work.Name, job => job.RunAsync(work.Name, CancellationToken.None), Jobs.Schedule.Cron(work));
        using var connection = storage.GetConnection();
        // What another version of the program called by another name.
        foreach (var name in connection.GetAllItemsFromSet("recurring-jobs").Except(shared.Select(work => work.Name))) manager.RemoveIfExists(name);
    }

    // A lightweight server leaves schedules and the renewal of what is running to the other one, which has the same storage.
    private BackgroundJobServer Start(string name, int workers, string[] queues, bool isLightweight) => new(new BackgroundJobServerOptions
    {
        ServerName = name,
        Queues = queues,
        WorkerCount = workers,
        IsLightweightServer = isLightweight,
        Activator = activator,
        FilterProvider = filters,
        // Default 15 s: how late a failed item may be tried again. Each look costs four commits.
        SchedulePollingInterval = TimeSpan.FromSeconds(2),
        // Jobs hear at once that the node stops, and a message that is being sent has as long as its request may take.
        StopTimeout = TimeSpan.Zero,
        ShutdownTimeout = TimeSpan.FromSeconds(20),
        // How long a node that died is shown (default 5 minutes).
        HeartbeatInterval = TimeSpan.FromSeconds(10),
        ServerTimeout = TimeSpan.FromMinutes(1),
        ServerCheckInterval = TimeSpan.FromSeconds(30),
    }, storage);

    [LoggerMessage(5013, Microsoft.Extensions.Logging.LogLevel.Warning, "Recurring work could not be scheduled and will be tried again")]
    private partial void LogNotScheduled(Exception exception);
}
