using PyTake.Hosting;

namespace PyTake.Nodes;

internal static class NodeSetup
{
    /// <summary>Registers what connects nodes through Redis: hints, events, the registry of live nodes, and limits that hold for all of them.</summary>
    public static void AddNodes(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<BackplaneOptions>(BackplaneOptions.Section);
        services.AddSettings<NodeOptions>(NodeOptions.Section)
            .Configure<IConfiguration>((options, configuration) => options.Workers = configuration.GetValue("Workers:Enabled", true));
        services.AddSettings<RedisOptions>(RedisOptions.Section);
        services.AddSupervisor();
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<Channels>();
        services.AddSingleton<BackplaneMetrics>();
        services.AddHosted<RedisLink>();
        services.AddHosted<NodeBus>();
        services.AddHosted<NodeRegistry>();
        services.AddSingleton<SharedLimits>();
    }
}
