using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace PyTake.Operations;

/// <summary>Kestrel's socket transport, which can stop listening and keep its open connections; Kestrel itself stops both at once.</summary>
internal sealed class Listeners(IOptions<SocketTransportOptions> options, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _sockets = new(options, loggers);
    private readonly ConcurrentQueue<IConnectionListener> _open = new();

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await _sockets.BindAsync(endpoint, cancellationToken);
        _open.Enqueue(listener);
        return listener;
    }

    /// <summary>Stops listening, so that new connections are refused. Kestrel copes with a listener that ends.</summary>
    public async Task UnbindAsync()
    {
        while (_open.TryDequeue(out var listener)) await listener.UnbindAsync();
    }
}
