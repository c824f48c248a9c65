using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Operations;

internal static class DrainSetup
{
    /// <summary>A node that is asked to end leaves first.</summary>
    public static void AddDrain(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<DrainOptions>(DrainOptions.Section);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainOptions.HostStop);
        services.AddSingleton<Drain>();
        services.AddSingleton<LastRequests>();
        services.AddSingleton<Listeners>();
        services.AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<Listeners>());
        // Default 512: when thousands come back at once, whoever finds no place waits a second for the kernel's next attempt.
        services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = 4096);
        services.AddSingleton<IHostLifetime, DrainOnSignal>();
    }

    /// <summary>Before everything that answers, so that it sees each request.</summary>
    public static void UseDrain(this WebApplication app)
    {
        var requests = app.Services.GetRequiredService<LastRequests>();
        app.Use((context, next) => requests.InvokeAsync(context, next));
    }
}
