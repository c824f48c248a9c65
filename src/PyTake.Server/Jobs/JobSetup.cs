using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.Jobs;

internal static class JobSetup
{
    /// <summary>
    /// Registers Hangfire, which runs the work that features register with the methods below. Not by its own AddHangfire, which keeps
    /// storage, activator and filters in statics: nodes that share a process, as in tests, would overwrite one another's.
    /// </summary>
    public static void AddJobs(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<JobOptions>(JobOptions.Section);
        services.AddFormerSetting("Jobs:Provider", "Hangfire is the only engine");
        services.AddFormerSetting("Jobs:Linger", "a pump runs for as long as its node works");
        services.AddSingleton(HangfireSchema.Tables);
        StoredTypes.Use();

        var postgres = builder.Configuration.GetConnectionString("Postgres")!;
        services.AddSingleton(_ => new HangfireDatabase(postgres));
        services.AddSingleton<JobStorage>(s => Storage(s.GetRequiredService<HangfireDatabase>(), s.GetRequiredService<IOptions<JobOptions>>().Value));
        services.AddSingleton<IJobFilterProvider>(JobFilters.Create());
        services.AddSingleton<IBackgroundJobClient>(
            s => new BackgroundJobClient(s.GetRequiredService<JobStorage>(), s.GetRequiredService<IJobFilterProvider>()));
        services.AddSingleton<IRecurringJobManager>(
            s => new RecurringJobManager(s.GetRequiredService<JobStorage>(), s.GetRequiredService<IJobFilterProvider>()));
        services.AddSingleton<JobActivator, ServiceActivator>();

        services.AddSingleton<PumpJobs>();
        services.AddSingleton<Pumps>();
        services.AddSingleton<PumpJob>();
        services.AddSingleton<RecurringJob>();
        services.AddSingleton<FailedItemJob>();
        services.AddSingleton<OrphanedLeases>();
        services.AddSingleton(s => s.GetRequiredService<FailedItemJobs>().CatchUp);
        services.AddHosted<FailedItemJobs>();
        services.AddHostedService<JobServers>();
        services.AddHostedService<Sweeps>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;
        services.AddSweep("pumps' jobs without a node", _ => TimeSpan.FromMinutes(1),
            (s, cancellationToken) => s.GetRequiredService<OrphanedLeases>().DeleteAsync(cancellationToken));
    }

    /// <summary>Registers work that is done as it arrives.</summary>
    public static void AddPump<TPump>(this IServiceCollection services) where TPump : class, IPump
        => services.AddSingleton<IPump>(s => s.GetRequiredService<TPump>());

    /// <summary>Registers recurring work for one of the nodes with workers. Two nodes may occasionally run it at once.</summary>
    public static void AddRecurring(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), OnEachNode: false, cancellationToken => run(s, cancellationToken)));

    /// <summary>
    /// Registers recurring work that each node with workers does by its own timer, possibly several times a second. It is not a job, because
    /// it must run whatever happens to jobs, and because each run of a job costs Hangfire 42 statements.
    /// </summary>
    public static void AddSweep(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), OnEachNode: true, cancellationToken => run(s, cancellationToken)));

    private static PostgreSqlStorage Storage(HangfireDatabase db, JobOptions options) => new(db, new PostgreSqlStorageOptions
    {
        SchemaName = HangfireSchema.Schema,
        // `migrate` installs it, and nodes wait for that.
        PrepareSchemaIfNecessary = false,
        AllowDegradedModeWithoutStorage = false,
        // For jobs enqueued by other processes; this one's own wake a worker at once (default 15 s).
        QueuePollInterval = TimeSpan.FromSeconds(2),
        // Never enable: with a backlog, jobs were fetched but not run until their invisibility timeout ended.
        EnableLongPolling = false,
        // Pumps' jobs run for as long as the node: without renewal, Hangfire would start each again after a fixed time although it is running.
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = options.InvisibilityTimeout,
        // A lock is a row that remains when its holder or its connection dies, by default for ten minutes, while everything that waits for
        // it, including a starting node, gives up after 15 s. What is done under a lock is quick and may safely happen twice.
        DistributedLockTimeout = TimeSpan.FromSeconds(10),
    })
    {
        // How long finished jobs are kept.
        JobExpirationTimeout = TimeSpan.FromHours(6),
    };
}
