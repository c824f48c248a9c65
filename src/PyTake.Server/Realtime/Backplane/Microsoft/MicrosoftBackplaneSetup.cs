using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.Options;
using PyTake.Nodes;
using StackExchange.Redis;
using MicrosoftsOptions = Microsoft.AspNetCore.SignalR.StackExchangeRedis.RedisOptions;
using RedisOptions = PyTake.Nodes.RedisOptions;

namespace PyTake.Realtime;

internal static class MicrosoftBackplaneSetup
{
    /// <summary>Microsoft's Redis backplane in the place of ours, on a connection of its own to the same Redis.</summary>
    public static void AddMicrosoftBackplane(this IServiceCollection services)
    {
        services.AddOptions<MicrosoftsOptions>().Configure<IOptions<RedisOptions>, Channels, NodeIdentity>(Configure);
        services.AddSingleton<RedisHubLifetimeManager<ChatHub>>();
        services.AddSingleton<HubLifetimeManager<ChatHub>, MicrosoftBackplane>();
    }

    private static void Configure(MicrosoftsOptions options, IOptions<RedisOptions> redis, Channels channels, NodeIdentity node)
    {
        var configuration = ConfigurationOptions.Parse(redis.Value.Redis);
        configuration.ChannelPrefix = RedisChannel.Literal(channels.Microsofts);
        configuration.ClientName = node.Name;
        // Its manager subscribes once, when it first connects, and never again if Redis was not there: connecting fails then, and is tried again.
        configuration.AbortOnConnectFail = true;
        // Nothing waits for Redis to come back: nodes read from the database what it did not carry, and clients that are refused try again.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        options.Configuration = configuration;
    }
}
