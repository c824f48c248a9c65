using System.Diagnostics;

namespace PyTake.WhatsApp;

/// <summary>How connections to WhatsApp are made, whatever is asked of it.</summary>
internal static class GraphHttpClient
{
    /// <summary>Adds a named client.</summary>
    /// <param name="configure">Sets what its requests differ in, such as their timeout.</param>
    public static void AddGraphHttpClient(
        this IServiceCollection services, string name, Func<IServiceProvider, TimeSpan> connectTimeout, Action<IServiceProvider, HttpClient> configure)
        => services.AddHttpClient(name)
            .ConfigureHttpClient(configure)
            .ConfigureHttpClient(client => client.DefaultRequestHeaders.UserAgent.ParseAdd("PyTake"))
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                ConnectTimeout = connectTimeout(provider),
                // A token must not follow a redirect to another host.
                AllowAutoRedirect = false,
                UseCookies = false,
                // HTTP/1.1, which the client asks for: a connection that breaks leaves one message in doubt, not all that share it.
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                // Requests have spans, but our trace ids are not sent to Meta.
                ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
}
