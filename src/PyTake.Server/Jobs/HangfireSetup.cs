using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Npgsql;

namespace PyTake.Jobs;

/// <summary>
/// Hangfire, put together by hand: its own AddHangfire keeps storage, activator and filters in statics, which nodes that share a process
/// (as in tests) would take from one another.
/// </summary>
public static class HangfireSetup
{
    /// <summary>Runs the registered <see cref="IDrain"/>s, <see cref="Recurring"/> work and <see cref="FailedItems"/> as Hangfire's jobs.</summary>
    public static void AddHangfireJobs(this IServiceCollection services, Func<IServiceProvider, HangfireSettings> settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<JobStorage>(s => Storage(s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<HangfireSettings>()));
        services.AddSingleton<IJobFilterProvider>(JobFilters.Create());
        services.AddSingleton<IBackgroundJobClient>(s => new BackgroundJobClient(s.GetRequiredService<JobStorage>(), s.GetRequiredService<IJobFilterProvider>()));
        services.AddSingleton<IRecurringJobManager>(s => new RecurringJobManager(s.GetRequiredService<JobStorage>(), s.GetRequiredService<IJobFilterProvider>()));
        services.AddSingleton<JobActivator, ServiceActivator>();

        services.AddSingleton<DrainStarters>();
        services.AddSingleton<DrainJob>();
        services.AddSingleton<RecurringJob>();
        services.AddSingleton<FailedItemJobs>();
        services.AddSingleton<FailedItemJob>();
        services.AddSingleton(s => s.GetRequiredService<FailedItemJobs>().CatchUp);
        services.AddHostedService(s => s.GetRequiredService<FailedItemJobs>());
        services.AddHostedService<JobServers>();
        services.AddHostedService(s => s.GetRequiredService<DrainStarters>());
    }

    private static PostgreSqlStorage Storage(NpgsqlDataSource db, HangfireSettings settings) => new(new PooledConnections(db), new PostgreSqlStorageOptions
    {
        SchemaName = HangfireSchema.Schema,
        // `migrate` makes it, and nodes wait for that.
        PrepareSchemaIfNecessary = false,
        AllowDegradedModeWithoutStorage = false,
        // The least that it allows; 15 s by default. Long polling would be quicker, and loses jobs.
        QueuePollInterval = TimeSpan.FromMilliseconds(50),
        EnableLongPolling = false,
        // Drains last, so what says that they live is renewed; without that a job would come back after a fixed time, running or not.
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = settings.InvisibilityTimeout,
        // A lock is a row, which stays when its holder or its connection dies. Whoever waits gives up after 15 s, a node that starts among
        // them; by default the row counts for ten minutes. Nothing that is done under one takes long, or minds being done twice.
        DistributedLockTimeout = TimeSpan.FromSeconds(10),
    })
    {
        // Of jobs that are done; a drain leaves one each time it ends.
        JobExpirationTimeout = TimeSpan.FromHours(6),
    };
}
