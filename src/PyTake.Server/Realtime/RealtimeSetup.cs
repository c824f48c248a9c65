using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

internal static class RealtimeSetup
{
    private static readonly string[] Endpoints = ["/hubs", "/socket.io"];

    /// <summary>Registers the hub, its events, and the services that keep clients up to date.</summary>
    public static void AddRealtime(this WebApplicationBuilder builder)
    {
        builder.AddBackplane();
        var services = builder.Services;
        services.AddSettings<RealtimeOptions>(RealtimeOptions.Section);
        services.AddSingleton<RealtimeMetrics>();
        services.AddSingleton<ChatEvents>();
        services.AddSingleton<ICommitListener, ChangePublisher>();
        services.AddSingleton<ChatSockets>();
        services.AddSingleton<SocketCloser>();
        services.AddSingleton<SocketMover>();
        services.AddHostedService<SocketBalancer>();
        services.AddSingleton<Connections>();
        services.AddSingleton<StreamCatchUp>();
        services.AddSingleton<InboxStore>();
        services.AddSingleton<PresenceLeases>();
        services.AddSingleton<RoomMembership>();
        services.AddSingleton<ListWatching>();
        services.AddHosted<RoomStreams>();
        services.AddHosted<InboxFeed>();
        services.AddHosted<UnreadFeed>();
        services.AddHosted<Presence>();
        services.AddSingleton<OnlineUsers>(provider => provider.GetRequiredService<Presence>().OnlineInAsync);
        services.AddSingleton<ReadNodeLoad>(
            provider => () => new(provider.GetRequiredService<ChatSockets>().ByEndpoint(), provider.GetRequiredService<RoomStreams>().Count));
        services.AddHosted<Typing>();
        services.AddHosted<Viewers>();
        services.AddHostedService<OrganizationNotices>();
        services.AddHosted<SocketWatch>();
        AddHub(services);
        // SignalR's dispatcher logs every client mistake as a server error; HubGuard logs the real ones.
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.Critical);
    }

    /// <summary>Checks origins and applies CORS. Must run before authentication, so that a browser's preflight is answered.</summary>
    public static void UseRealtime(this WebApplication app) => app.UseWhen(
        context => Endpoints.Any(path => context.Request.Path.StartsWithSegments(path)),
        branch => branch.UseMiddleware<UpgradeCheck>().UseMiddleware<OriginCheck>().UseCors(nameof(RealtimeOptions)));

    /// <summary>/hubs/chat</summary>
    public static void MapRealtime(this IEndpointRouteBuilder app) => app
        .MapHub<ChatHub>("/hubs/chat", options =>
        {
            options.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
            options.AllowStatefulReconnects = false;
            // Before it, a connection's id, which other clients may learn, was also what its requests were admitted by.
            options.MinimumProtocolVersion = 1;
            // SocketWatch does this instead: it knows whether the token has been renewed.
            options.CloseOnAuthenticationExpiration = false;
        })
        .RequireAuthorization(SocketRight.Policy);

    private static void AddHub(IServiceCollection services)
    {
        services.AddSignalR(options =>
        {
            // A client that receives nothing for a little over two intervals takes its node for hung and reconnects (src/pytake-client).
            options.KeepAliveInterval = TimeSpan.FromSeconds(3);
            options.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
            options.MaximumReceiveMessageSize = 32 * 1024;
            options.MaximumParallelInvocationsPerClient = 1;
            options.EnableDetailedErrors = false;
            options.AddFilter<HubGuard>();
        });
        // The hub has pings of its own, so that no WebSocket needs a timer for it.
        services.Configure<Microsoft.AspNetCore.Builder.WebSocketOptions>(sockets => sockets.KeepAliveInterval = Timeout.InfiniteTimeSpan);
        // Of several protocols with one name SignalR takes the last registered.
        services.AddSingleton<IHubProtocol, JsonProtocol>();
        services.AddSingleton<HubGuard>();
        services.AddSingleton<IAuthorizationHandler, SocketRightHandler>();
        services.AddAuthorizationBuilder().AddPolicy(SocketRight.Policy, policy => policy.RequireAuthenticatedUser().AddRequirements(new SocketRight()));
        services.AddCors();
        services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<IOptions<RealtimeOptions>>((cors, realtime)
            => cors.AddPolicy(nameof(RealtimeOptions), policy => policy
                .WithOrigins(realtime.Value.AllowedOrigins).AllowAnyHeader().WithMethods("GET", "POST", "DELETE").AllowCredentials()));
    }
}
