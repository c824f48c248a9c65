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
    /// <summary>Registers Microsoft's Redis backplane instead of ours, with its own connection to the same Redis.</summary>
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
        // Microsoft's manager subscribes only when it first connects. If Redis is down, connecting must fail, so that it is tried again.
        configuration.AbortOnConnectFail = true;
        // Do not queue commands while Redis is down: nodes read what was lost from the database, and refused clients try again.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        options.Configuration = configuration;
    }
}
