using Hangfire;
using Hangfire.Common;
using Hangfire.Logging;

namespace PyTake.Jobs;

/// <summary>
/// Hangfire's servers on a node that works. Drains have a worker each, and no other job: one that runs holds its worker for as long as
/// there is work, and one that is to start must find a free one. Everything else shares two, so that a minute's cleaning does not hold up
/// a failed item's next attempt. Few on purpose: each idle worker asks PostgreSQL twenty times a second.
/// </summary>
internal sealed class JobServers(
    IEnumerable<IDrain> drains, IEnumerable<Recurring> recurring, JobStorage storage, IRecurringJobManager manager, IJobFilterProvider filters,
    JobActivator activator, HangfireSettings settings, ILoggerFactory loggers) : IWork
{
    private const int OtherWorkers = 2;
    private readonly Lock _lock = new();
    private BackgroundJobServer[] _servers = [];
    private Task? _stopped;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogProvider.SetCurrentLogProvider(new HangfireLogs(loggers));
        var names = drains.Select(drain => drain.Queue).ToArray();
        if (names.Length == 0) return Task.CompletedTask;

        foreach (var work in recurring.Where(r => !r.OnEachNode))
            manager.AddOrUpdate<RecurringJob>(work.Name, job => job.RunAsync(work.Name, CancellationToken.None), Schedule.Cron(work));
        _servers =
        [
            Start(settings.DrainServer, names.Length, [.. names.Distinct()], isLightweight: true),
            Start(settings.OtherServer, OtherWorkers, [Queues.Maintenance, Queues.Media], isLightweight: false),
        ];
        return Task.CompletedTask;
    }

    // A host may ask twice at once, and goes on when one of the two returns.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return _stopped ??= StopServersAsync(cancellationToken);
    }

    private async Task StopServersAsync(CancellationToken cancellationToken)
    {
        foreach (var server in _servers) server.SendStop();
        foreach (var server in _servers)
        {
            await server.WaitForShutdownAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            server.Dispose();
        }
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
        SchedulePollingInterval = TimeSpan.FromSeconds(1),
        // Jobs hear at once that the node stops, and a message that is being sent has as long as its request may take.
        StopTimeout = TimeSpan.Zero,
        ShutdownTimeout = TimeSpan.FromSeconds(20),
        // How long a node that died is shown (default 5 minutes).
        HeartbeatInterval = TimeSpan.FromSeconds(10),
        ServerTimeout = TimeSpan.FromMinutes(1),
        ServerCheckInterval = TimeSpan.FromSeconds(30),
    }, storage);
}
