using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace PyTake.SocketIo;

/// <summary>Why a client may not connect to a namespace, with a message for the user.</summary>
internal sealed record ConnectRefusal(string Message, string? Code = null);

/// <summary>Checks the payload of a CONNECT packet, and sets features of the connection for its hub.</summary>
/// <param name="auth">The packet's payload; undefined if it has none.</param>
/// <returns>Null if the client may connect.</returns>
internal delegate Task<ConnectRefusal?> ConnectCheck(JsonElement auth, IFeatureCollection features, CancellationToken cancellationToken);

/// <summary>A Socket.IO namespace: its hub, and the check of who may use it.</summary>
internal sealed class SocketNamespace(string name, ConnectionDelegate hub, ConnectCheck check)
{
    public string Name => name;

    /// <summary>The handshake a SignalR client would send to choose the protocol (HubProtocol.md).</summary>
    public byte[] Handshake { get; } = Encoding.UTF8.GetBytes($"{{\"protocol\":\"{SocketIoProtocol.NameOf(name)}\",\"version\":5}}\u001e");

    public ConnectCheck CheckAsync => check;

    public Task RunAsync(ConnectionContext connection) => hub(connection);

    /// <summary>A namespace served by a hub.</summary>
    public static SocketNamespace Of<THub>(string name, IServiceProvider services, ConnectCheck check) where THub : Hub
        => new(name, services.GetRequiredService<HubConnectionHandler<THub>>().OnConnectedAsync, check);
}
