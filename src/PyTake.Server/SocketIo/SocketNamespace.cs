using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace PyTake.SocketIo;

/// <summary>Why a client is not let into a namespace, in words for the user.</summary>
internal sealed record ConnectRefusal(string Message, string? Code = null);

/// <summary>Looks at what came with CONNECT, and leaves on the connection what its hub is to know.</summary>
/// <param name="auth">What the client sent along; undefined where it sent nothing.</param>
/// <returns>Null where it may come in.</returns>
internal delegate Task<ConnectRefusal?> ConnectCheck(JsonElement auth, IFeatureCollection features, CancellationToken cancellationToken);

/// <summary>A namespace of Socket.IO's: a hub, and who may use it.</summary>
internal sealed class SocketNamespace(string name, ConnectionDelegate hub, ConnectCheck check)
{
    public string Name => name;

    /// <summary>How a client of SignalR would ask for the protocol (HubProtocol.md).</summary>
    public byte[] Handshake { get; } = Encoding.UTF8.GetBytes($"{{\"protocol\":\"{SocketIoProtocol.NameOf(name)}\",\"version\":5}}\u001e");

    public ConnectCheck CheckAsync => check;

    public Task RunAsync(ConnectionContext connection) => hub(connection);

    /// <summary>A hub in the place of the namespace.</summary>
    public static SocketNamespace Of<THub>(string name, IServiceProvider services, ConnectCheck check) where THub : Hub
        => new(name, services.GetRequiredService<HubConnectionHandler<THub>>().OnConnectedAsync, check);
}
