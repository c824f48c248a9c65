using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo.Echo;

/// <summary>The server's Socket.IO endpoint with a hub that only echoes, for the test suites of the Engine.IO and Socket.IO protocols.</summary>
internal static class EchoServer
{
    // The suites expect the server at http://localhost:3000, with these settings.
    private static void Main(string[] args) => Build(
    [
        "--SocketIo:PingInterval=00:00:00.300", "--SocketIo:PingTimeout=00:00:00.200", "--SocketIo:ConnectTimeout=00:00:01",
        "--SocketIo:MaxPayload=1000000", "--urls=http://localhost:3000", .. args,
    ]).Run();

    /// <summary>/engine.io echoes; /socket.io has the namespaces / and /custom.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<EchoCount>();
        services.AddEngineIo();
        services.AddSignalR(options =>
        {
            options.MaximumReceiveMessageSize = 2_000_000;
            options.DisableImplicitFromServicesParameters = true;
        });
        foreach (var name in Namespaces) services.AddSingleton<IHubProtocol>(new SocketIoProtocol(name));
        var app = builder.Build();
        app.MapEngineIo("/engine.io", session => new EngineEcho(session));
        app.MapSocketIo("/socket.io", [.. Namespaces.Select(name => SocketNamespace.Of<EchoHub>(name, app.Services, (auth, features, _) =>
        {
            features.Set(new EchoAuth(auth));
            return Task.FromResult<ConnectRefusal?>(null);
        }))]);
        return app;
    }

    private static readonly string[] Namespaces = ["/", "/custom"];

    /// <summary>The number of open sessions.</summary>
    public static int SessionsOf(WebApplication app) => app.Services.GetRequiredService<EngineSessions>().Count;

    /// <summary>The hub's connections.</summary>
    public static EchoCount CountOf(WebApplication app) => app.Services.GetRequiredService<EchoCount>();
}
