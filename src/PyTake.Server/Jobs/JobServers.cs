using Hangfire;
using Hangfire.Common;
using Hangfire.Logging;
using PyTake.Nodes;

namespace PyTake.Jobs;

/// <summary>
/// Hangfire's servers on a node with workers. Each pump has a worker that runs nothing else, so none of these workers ever polls for a
/// job. All other jobs share two workers, so that a clean-up that takes a minute does not delay a failed item's next attempt.
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

    // The host may call this twice concurrently, and proceeds when either call returns.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return _stopped ??= StopAllAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    // The pumps' jobs end when their loops do.
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

    // Runs in the background, because a node must start even without Hangfire's tables.
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
        // Removes recurring work that another version of the program registered under another name.
        foreach (var name in connection.GetAllItemsFromSet("recurring-jobs").Except(shared.Select(work => work.Name))) manager.RemoveIfExists(name);
    }

    // A lightweight server leaves schedules and the renewal of running jobs to the other server, which shares its storage.
    private BackgroundJobServer Start(string name, int workers, string[] queues, bool isLightweight) => new(new BackgroundJobServerOptions
    {
        ServerName = name,
        Queues = queues,
        WorkerCount = workers,
        IsLightweightServer = isLightweight,
        Activator = activator,
        FilterProvider = filters,
        // How late a failed item may be retried (default 15 s). Each poll costs four commits.
        SchedulePollingInterval = TimeSpan.FromSeconds(2),
        // Jobs are cancelled at once when the node stops; a message being sent has as long as its request may take.
        StopTimeout = TimeSpan.Zero,
        ShutdownTimeout = TimeSpan.FromSeconds(20),
        // How long a dead node is still shown (default 5 minutes).
        HeartbeatInterval = TimeSpan.FromSeconds(10),
        ServerTimeout = TimeSpan.FromMinutes(1),
        ServerCheckInterval = TimeSpan.FromSeconds(30),
    }, storage);

    [LoggerMessage(5013, Microsoft.Extensions.Logging.LogLevel.Warning, "Recurring work could not be scheduled and will be tried again")]
    private partial void LogNotScheduled(Exception exception);
}
