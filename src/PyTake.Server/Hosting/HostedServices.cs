namespace PyTake.Hosting;

internal static class HostedServices
{
    /// <summary>A singleton that also runs.</summary>
    public static void AddHosted<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
