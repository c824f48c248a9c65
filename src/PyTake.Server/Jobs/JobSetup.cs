namespace PyTake.Jobs;

internal static class JobSetup
{
    /// <summary>What runs the work that features registered with the methods below: Hangfire or the built-in engine.</summary>
    public static void AddJobs(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<JobOptions, JobOptionsValidator>().BindConfiguration(JobOptions.Section);
        if (builder.Configuration.GetValue("Jobs:Provider", JobOptions.Providers[0]) == JobOptions.Hangfire)
        {
            builder.AddHangfireEngine();
            return;
        }
        builder.Services.AddClockwork(_ => true);
        builder.Services.AddHostedService<DrainRunner>();
    }

    /// <summary>The pages that the engine brings along.</summary>
    public static void MapJobs(this WebApplication app)
    {
        app.MapHangfire();
    }

    /// <summary>Work that is done as it comes.</summary>
    public static void AddDrain<TDrain>(this IServiceCollection services) where TDrain : class, IDrain
        => services.AddSingleton<IDrain>(s => s.GetRequiredService<TDrain>());

    /// <summary>Something to do every so often, by one of the nodes that work or by each; it must not mind if another does it too.</summary>
    public static void AddRecurring(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), OnEachNode: false, cancellationToken => run(s, cancellationToken)));

    /// <summary>
    /// A net: something that each node that works looks after several times a second. Never a job, because it must hold whatever runs
    /// the jobs, and because each run of a job costs Hangfire 42 statements.
    /// </summary>
    public static void AddSweep(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), OnEachNode: true, cancellationToken => run(s, cancellationToken)));

    /// <summary>Does some of the recurring work by the node's own clock.</summary>
    public static void AddClockwork(this IServiceCollection services, Func<Recurring, bool> which)
        => services.AddHostedService(s => ActivatorUtilities.CreateInstance<Clockwork>(s, (IReadOnlyList<Recurring>)[.. s.GetServices<Recurring>().Where(which)]));
}
