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

    /// <summary>The hub, its events, and all that keeps them true.</summary>
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
        services.AddHosted<RoomStreams>();
        services.AddHosted<InboxFeed>();
        services.AddHosted<UnreadFeed>();
        services.AddHosted<Presence>();
        services.AddSingleton<OnlineUsers>(provider => provider.GetRequiredService<Presence>().OnlineInAsync);
        services.AddSingleton<ReadNodeLoad>(provider => () => new(provider.GetRequiredService<ChatSockets>().ByEndpoint(), provider.GetRequiredService<RoomStreams>().Count));
        services.AddHosted<Typing>();
        services.AddHosted<Viewers>();
        services.AddHosted<SocketWatch>();
        AddHub(services);
        // It would log every client's mistake as an error of ours; what is one, HubGuard logs.
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.Critical);
    }

    /// <summary>Who may come from where; before authentication, so that a browser's preflight is answered.</summary>
    public static void UseRealtime(this WebApplication app) => app.UseWhen(
        context => Endpoints.Any(path => context.Request.Path.StartsWithSegments(path)),
        branch => branch.UseMiddleware<OriginCheck>().UseCors(nameof(RealtimeOptions)));

    /// <summary>/hubs/chat</summary>
    public static void MapRealtime(this IEndpointRouteBuilder app) => app
        .MapHub<ChatHub>("/hubs/chat", options =>
        {
            options.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
            options.AllowStatefulReconnects = false;
            // The socket's own watch does it: a token that was renewed meanwhile counts.
            options.CloseOnAuthenticationExpiration = false;
        })
        .RequireAuthorization(SocketRight.Policy);

    private static void AddHub(IServiceCollection services)
    {
        services.AddSignalR(options =>
        {
            // A client that hears nothing for somewhat more than two of these looks for another node (src/pytake-client): its own stands still.
            options.KeepAliveInterval = TimeSpan.FromSeconds(3);
            options.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
            options.MaximumReceiveMessageSize = 32 * 1024;
            options.MaximumParallelInvocationsPerClient = 1;
            options.EnableDetailedErrors = false;
            options.AddFilter<HubGuard>();
        });
        // The last of a name counts.
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
