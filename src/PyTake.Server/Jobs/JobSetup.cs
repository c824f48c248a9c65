using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.Jobs;

internal static class JobSetup
{
    /// <summary>
    /// Hangfire, which runs the work that features register with the methods below. It is put together by hand: its own AddHangfire keeps
    /// storage, activator and filters in statics, which nodes that share a process (as in tests) would take from one another.
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
        services.AddSingleton<IBackgroundJobClient>(s => new BackgroundJobClient(s.GetRequiredService<JobStorage>(), s.GetRequiredService<IJobFilterProvider>()));
        services.AddSingleton<IRecurringJobManager>(s => new RecurringJobManager(s.GetRequiredService<JobStorage>(), s.GetRequiredService<IJobFilterProvider>()));
        services.AddSingleton<JobActivator, ServiceActivator>();

        services.AddSingleton<Pumps>();
        services.AddSingleton<PumpJob>();
        services.AddSingleton<RecurringJob>();
        services.AddSingleton<FailedItemJobs>();
        services.AddSingleton<FailedItemJob>();
        services.AddSingleton<OrphanedLeases>();
        services.AddSingleton(s => s.GetRequiredService<FailedItemJobs>().CatchUp);
        services.AddHostedService(s => s.GetRequiredService<FailedItemJobs>());
        services.AddHostedService<JobServers>();
        services.AddHostedService<Clockwork>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;
        services.AddSweep("pumps' jobs without a node", _ => TimeSpan.FromMinutes(1), (s, cancellationToken) => s.GetRequiredService<OrphanedLeases>().DeleteAsync(cancellationToken));
    }

    /// <summary>Work that is done as it comes.</summary>
    public static void AddPump<TPump>(this IServiceCollection services) where TPump : class, IPump
        => services.AddSingleton<IPump>(s => s.GetRequiredService<TPump>());

    /// <summary>Something to do every so often, by one of the nodes that work; it must not mind if another does it too.</summary>
    public static void AddRecurring(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), OnEachNode: false, cancellationToken => run(s, cancellationToken)));

    /// <summary>
    /// Something that each node that works looks after by its own clock, several times a second it may be. Never a job, because it must
    /// hold whatever happens to jobs, and because each run of a job costs Hangfire 42 statements.
    /// </summary>
    public static void AddSweep(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), OnEachNode: true, cancellationToken => run(s, cancellationToken)));

    private static PostgreSqlStorage Storage(HangfireDatabase db, JobOptions options) => new(db, new PostgreSqlStorageOptions
    {
        SchemaName = HangfireSchema.Schema,
        // `migrate` makes it, and nodes wait for that.
        PrepareSchemaIfNecessary = false,
        AllowDegradedModeWithoutStorage = false,
        // For jobs of other processes: what this one enqueues wakes a worker of its queue at once (default 15 s).
        QueuePollInterval = TimeSpan.FromSeconds(2),
        // Never: it loses jobs. With a backlog, jobs were fetched and never run until their invisibility ended.
        EnableLongPolling = false,
        // Pumps' jobs last, so what says that they live is renewed; without that a job would come back after a fixed time, running or not.
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = options.InvisibilityTimeout,
        // A lock is a row, which stays when its holder or its connection dies. Whoever waits gives up after 15 s, a node that starts among
        // them; by default the row counts for ten minutes. Nothing that is done under one takes long, or minds being done twice.
        DistributedLockTimeout = TimeSpan.FromSeconds(10),
    })
    {
        // Of jobs that are done.
        JobExpirationTimeout = TimeSpan.FromHours(6),
    };
}
