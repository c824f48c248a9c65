using Microsoft.Extensions.DependencyInjection.Extensions;

namespace PyTake.Hosting;

internal static class HostedServices
{
    /// <summary>What every <see cref="NodeService"/> needs. A background service of another kind that fails stays failed, and the node goes on without it.</summary>
    public static void AddSupervisor(this IServiceCollection services)
    {
        services.TryAddSingleton<Supervisor>();
        services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
    }

    /// <summary>A singleton that also runs.</summary>
    public static void AddHosted<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
