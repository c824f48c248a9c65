namespace PyTake.Simulator.Webhooks;

internal static class WebhookServices
{
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WebhookSender>();
        builder.Services.AddSingleton<AutoStatuses>();
        builder.Services.AddSingleton(new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            MaxConnectionsPerServer = 64,
            // Reconnecting resolves DNS again, so that new containers of a scaled service are found.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        })
        {
            Timeout = TimeSpan.FromSeconds(20),
        });
    }
}
