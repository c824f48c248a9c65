using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Hosting;
using PyTake.Realtime;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

internal static class SocketIoSetup
{
    /// <summary>Registers the hub's second endpoint, for Socket.IO clients.</summary>
    public static void AddSocketIo(this WebApplicationBuilder builder)
    {
        builder.Services.AddEngineIo();
        builder.Services.AddSingleton<SocketIoAdmission>();
        // Registered as a hub protocol, so that a backplane frames messages for it as well.
        builder.Services.AddSingleton<IHubProtocol>(new SocketIoProtocol());
    }

    /// <summary>/socket.io</summary>
    public static void MapSocketIo(this WebApplication app)
        => app.MapSocketIo("/socket.io", SocketNamespace.Of<ChatHub>("/", app.Services, app.Services.GetRequiredService<SocketIoAdmission>().CheckAsync));

    /// <summary>Registers what every Engine.IO endpoint needs.</summary>
    public static void AddEngineIo(this IServiceCollection services)
    {
        services.AddSettings<SocketIoOptions>(SocketIoOptions.Section);
        services.AddSupervisor();
        services.AddHosted<EngineSessions>();
    }

    /// <summary>Maps Socket.IO with these namespaces to a path.</summary>
    public static void MapSocketIo(this WebApplication app, string path, params SocketNamespace[] namespaces)
    {
        var sessions = app.Services.GetRequiredService<EngineSessions>();
        var logger = app.Services.GetRequiredService<ILogger<SocketClient>>();
        app.MapEngineIo(path, session => new SocketClient(session, sessions, namespaces, logger));
    }

    /// <summary>Maps Engine.IO to a path, whatever protocol it carries.</summary>
    public static void MapEngineIo(this WebApplication app, string path, Func<EngineSession, IEngineListener> listen)
    {
        var endpoint = new EngineEndpoint(app.Services.GetRequiredService<EngineSessions>(), listen);
        var pipeline = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(endpoint.InvokeAsync);
        // Clients authenticate with their first packet, not with the request.
        app.Map(path, pipeline.Build()).AllowAnonymous();
    }
}
