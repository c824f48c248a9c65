using Microsoft.Extensions.DependencyInjection.Extensions;

namespace PyTake.Hosting;

internal static class HostedServices
{
    /// <summary>Registers the supervisor of every <see cref="NodeService"/>. If another background service fails, the node runs on without it.</summary>
    public static void AddSupervisor(this IServiceCollection services)
    {
        services.TryAddSingleton<Supervisor>();
        services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
    }

    /// <summary>Registers a hosted service that can also be injected.</summary>
    public static void AddHosted<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
