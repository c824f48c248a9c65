using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Operations;

internal static class DrainSetup
{
    /// <summary>Registers the drain, which runs before a node stops.</summary>
    public static void AddDrain(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<DrainOptions>(DrainOptions.Section);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainOptions.HostStop);
        services.AddSingleton<Drain>();
        services.AddSingleton<LastRequests>();
        services.AddSingleton<Listeners>();
        services.AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<Listeners>());
        // The default is 512: when thousands reconnect at once, a connection beyond the backlog waits a second for the client's SYN retry.
        services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = 4096);
        services.AddSingleton<IHostLifetime, DrainOnSignal>();
    }

    /// <summary>Adds the middleware of the drain. It must come before all that answer requests, so that it sees each one.</summary>
    public static void UseDrain(this WebApplication app)
    {
        var requests = app.Services.GetRequiredService<LastRequests>();
        app.Use((context, next) => requests.InvokeAsync(context, next));
    }
}
