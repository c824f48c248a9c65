using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Hosting;
using PyTake.Realtime;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

internal static class SocketIoSetup
{
    /// <summary>The hub's second endpoint.</summary>
    public static void AddSocketIo(this WebApplicationBuilder builder)
    {
        builder.Services.AddEngineIo();
        builder.Services.AddSingleton<SocketIoAdmission>();
        // Among the hub's protocols, so that a backplane frames for it as well.
        builder.Services.AddSingleton<IHubProtocol>(new SocketIoProtocol());
    }

    /// <summary>/socket.io</summary>
    public static void MapSocketIo(this WebApplication app)
        => app.MapSocketIo("/socket.io", SocketNamespace.Of<ChatHub>("/", app.Services, app.Services.GetRequiredService<SocketIoAdmission>().CheckAsync));

    /// <summary>What any endpoint of Engine.IO's needs.</summary>
    public static void AddEngineIo(this IServiceCollection services)
    {
        services.AddSettings<SocketIoOptions>(SocketIoOptions.Section);
        services.AddSupervisor();
        services.AddHosted<EngineSessions>();
    }

    /// <summary>These namespaces at this path.</summary>
    public static void MapSocketIo(this WebApplication app, string path, params SocketNamespace[] namespaces)
    {
        var sessions = app.Services.GetRequiredService<EngineSessions>();
        var logger = app.Services.GetRequiredService<ILogger<SocketClient>>();
        app.MapEngineIo(path, session => new SocketClient(session, sessions, namespaces, logger));
    }

    /// <summary>Engine.IO at this path, whatever it carries.</summary>
    public static void MapEngineIo(this WebApplication app, string path, Func<EngineSession, IEngineListener> listen)
    {
        var endpoint = new EngineEndpoint(app.Services.GetRequiredService<EngineSessions>(), listen);
        var pipeline = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(endpoint.InvokeAsync);
        // Who may come in is known only when a client says who it is, in its first packet.
        app.Map(path, pipeline.Build()).AllowAnonymous();
    }
}
