namespace PyTake.Jobs;

internal static class JobSetup
{
    /// <summary>The built-in engine: runs what features registered with <see cref="AddRecurring"/>.</summary>
    public static void AddJobs(this WebApplicationBuilder builder) => builder.Services.AddHostedService<RecurringRunner>();

    /// <summary>Something to do every so often, on each node that works; it must not mind if another node does it too.</summary>
    public static void AddRecurring(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> every, Func<IServiceProvider, CancellationToken, Task> run)
        => services.AddSingleton(s => new Recurring(name, every(s), cancellationToken => run(s, cancellationToken)));
}
