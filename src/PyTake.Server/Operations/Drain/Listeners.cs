using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace PyTake.Operations;

/// <summary>Kestrel's own sockets, which can stop listening while the connections they gave out go on: Kestrel itself ends both at once.</summary>
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

    /// <summary>From now on connections are refused. Kestrel takes the end of a listener for what it is.</summary>
    public async Task UnbindAsync()
    {
        while (_open.TryDequeue(out var listener)) await listener.UnbindAsync();
    }
}
