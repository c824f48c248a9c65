using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using PyTake.Json;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>One client of Socket.IO: keeps the namespaces it is in, and routes its packets to them.</summary>
internal sealed partial class SocketClient : IEngineListener
{
    private const int MostRefusals = 5;

    private readonly EngineSession _session;
    private readonly EngineSessions _sessions;
    private readonly IReadOnlyList<SocketNamespace> _namespaces;
    private readonly ILogger<SocketClient> _logger;
    private readonly Lock _lock = new();
    private HubSocket[] _sockets = [];
    private long _emptySince;
    private bool _isClosed;
    private int _refusals;
    private Incomplete? _incomplete;

    /// <summary>A packet whose attachments have not all arrived.</summary>
    private sealed record Incomplete(HubSocket Socket, byte[] Text, int Attachments, List<byte[]> Arrived)
    {
        public int Size { get; set; } = Text.Length;
    }

    public SocketClient(EngineSession session, EngineSessions sessions, IReadOnlyList<SocketNamespace> namespaces, ILogger<SocketClient> logger)
    {
        (_session, _sessions, _namespaces, _logger) = (session, sessions, namespaces, logger);
        _emptySince = sessions.Time.GetTimestamp();
    }

    public ValueTask OnTextAsync(ReadOnlyMemory<byte> text)
    {
        if (_incomplete is not null) throw new InvalidPacketException("Attachments are missing");
        if (!SocketPacket.TryRead(text.Span, out var packet)) throw new InvalidPacketException("Not a packet of Socket.IO's");
        var socket = Find(packet.Namespace);
        if (packet.Type == SocketPacketType.Connect)
        {
            if (socket is not null) throw new InvalidPacketException("Connected already");
            return new(ConnectAsync(packet.Namespace, Parse(packet.Json)));
        }
        if (socket is null) throw new InvalidPacketException("Not connected");
        if (packet.Type == SocketPacketType.Disconnect) Leave(socket);
        else if (packet.Attachments > 0) _incomplete = new(socket, text.ToArray(), packet.Attachments, []);
        else return socket.ReceiveAsync(text, []);
        return default;
    }

    public ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data)
    {
        if (_incomplete is not { } packet) throw new InvalidPacketException("An attachment without a packet");
        // Counted in the size it will have in the hub's pipe. A packet's limit also applies to it and its attachments together.
        packet.Size += EnginePacket.SizeOfBinary(data.Length);
        if (packet.Size > _sessions.Options.MaxPayload) throw new InvalidPacketException("Attachments that are too large");
        packet.Arrived.Add(data.ToArray());
        if (packet.Arrived.Count < packet.Attachments) return default;
        _incomplete = null;
        return packet.Socket.ReceiveAsync(packet.Text, packet.Arrived);
    }

    public void OnClosed()
    {
        HubSocket[] sockets;
        lock (_lock) (sockets, _sockets, _isClosed) = (_sockets, [], true);
        foreach (var socket in sockets) socket.End();
    }

    /// <summary>Whether the client has been without a namespace for too long.</summary>
    public bool IsOverdue(long now) => _sockets.Length == 0 && now - Volatile.Read(ref _emptySince) >= _sessions.ConnectTimeout;

    private HubSocket? Find(string @namespace)
    {
        foreach (var socket in _sockets)
            if (socket.Namespace.Name == @namespace)
                return socket;
        return null;
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return default;
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }

    private async Task ConnectAsync(string name, JsonElement auth)
    {
        var features = new FeatureCollection(4);
        var found = _namespaces.FirstOrDefault(n => n.Name == name);
        var refusal = found is null ? new("Invalid namespace") : await CheckAsync(found, auth, features);
        if (refusal is not null)
        {
            if (++_refusals > MostRefusals) throw new InvalidPacketException("Refused too often");
            await RefuseAsync(name, refusal);
            return;
        }
        var socket = new HubSocket(_session, found!, features);
        lock (_lock)
        {
            if (_isClosed) return;
            _sockets = [.. _sockets, socket];
        }
        _refusals = 0;
        await WriteAsync('0', name, new { sid = socket.ConnectionId });
        // Without the execution context of the request that carried the packet: the hub would keep it in memory for as long as it runs.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => RunAsync(socket));
    }

    private async Task<ConnectRefusal?> CheckAsync(SocketNamespace found, JsonElement auth, IFeatureCollection features)
    {
        try
        {
            return await found.CheckAsync(auth, features, CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotChecked(exception, found.Name);
            return new("Something went wrong, try again", "internal_error");
        }
    }

    private ValueTask RefuseAsync(string name, ConnectRefusal refusal) => refusal.Code is { } code
        ? WriteAsync('4', name, new { message = refusal.Message, data = new { code } })
        : WriteAsync('4', name, new { message = refusal.Message });

    private ValueTask WriteAsync<T>(char type, string name, T payload)
    {
        var place = name == "/" ? "" : name + ",";
        return _session.WriteAsync((byte[])
        [
            EnginePacket.Message, (byte)type, .. Encoding.UTF8.GetBytes(place),
            .. JsonSerializer.SerializeToUtf8Bytes(payload, Wire.Options), EnginePacket.Separator,
        ]);
    }

    private async Task RunAsync(HubSocket socket)
    {
        try
        {
            await socket.RunAsync();
        }
        catch (Exception exception)
        {
            LogFailed(exception, socket.ConnectionId);
        }
        // The hub ended the connection. If it was the client's last one, its session ends too.
        if (Remove(socket) && _sockets.Length == 0) _session.Close();
    }

    // The client left on its own: it may connect again on the same session.
    private void Leave(HubSocket socket)
    {
        Remove(socket);
        socket.End();
    }

    private bool Remove(HubSocket socket)
    {
        lock (_lock)
        {
            if (!_sockets.Contains(socket)) return false;
            _sockets = [.. _sockets.Where(s => s != socket)];
            Volatile.Write(ref _emptySince, _sessions.Time.GetTimestamp());
            return true;
        }
    }

    [LoggerMessage(9010, LogLevel.Error, "Checking whether a client may connect to {Namespace} failed")]
    private partial void LogNotChecked(Exception exception, string @namespace);

    [LoggerMessage(9011, LogLevel.Error, "The hub of connection {ConnectionId} failed")]
    private partial void LogFailed(Exception exception, string connectionId);
}
