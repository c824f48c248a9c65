using Microsoft.AspNetCore.SignalR;
using PyTake.Nodes;

namespace PyTake.Realtime;

internal static class BackplaneSetup
{
    /// <summary>Registers the backplane that carries the hub's messages from node to node.</summary>
    public static void AddBackplane(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<LocalFanOut>();
        if (builder.Configuration["Backplane:Provider"] == BackplaneOptions.Microsofts) services.AddMicrosoftBackplane();
        else services.AddSingleton<HubLifetimeManager<ChatHub>, RedisBackplane>();
    }
}
