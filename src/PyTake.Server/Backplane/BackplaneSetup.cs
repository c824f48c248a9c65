using Microsoft.AspNetCore.SignalR;
using PyTake.Operations;
using PyTake.Realtime;

namespace PyTake.Backplane;

internal static class BackplaneSetup
{
    /// <summary>Node to node through Redis: hints, events, who is alive.</summary>
    public static void AddBackplane(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<BackplaneOptions>(BackplaneOptions.Section);
        services.AddSettings<NodeOptions>(NodeOptions.Section)
            .Configure<IConfiguration>((options, configuration) => options.Workers = configuration.GetValue("Workers:Enabled", true));
        services.AddOptionsWithValidateOnStart<RedisOptions, RedisOptionsValidator>()
            .Configure<IConfiguration>((options, configuration) => options.Configuration = configuration.GetConnectionString("Redis") ?? "");
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<Channels>();
        services.AddSingleton<BackplaneMetrics>();
        services.AddSingleton(typeof(LocalFanOut<>));
        services.AddHosted<RedisLink>();
        services.AddHosted<NodeBus>();
        services.AddHosted<NodeRegistry>();
        if (builder.Configuration["Backplane:Provider"] == BackplaneOptions.Microsofts)
        {
            services.AddMicrosoftBackplane();
            return;
        }
        services.AddHosted<RedisBackplane<ChatHub>>();
        services.AddSingleton<HubLifetimeManager<ChatHub>>(provider => provider.GetRequiredService<RedisBackplane<ChatHub>>());
    }

    /// <summary>A singleton that also runs.</summary>
    public static void AddHosted<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
