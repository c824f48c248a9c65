using System.Buffers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace PyTake.SocketIo.Engine;

/// <summary>A session's WebSocket: a text frame for each packet, a binary one for each binary message.</summary>
internal static class WebSocketTransport
{
    private const int FirstBuffer = 4096;
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);
    // Engine.IO has its own heartbeat.
    private static readonly WebSocketAcceptContext Accepting = new() { KeepAliveInterval = Timeout.InfiniteTimeSpan };

    public static Task<WebSocket> AcceptAsync(HttpContext http) => http.WebSockets.AcceptWebSocketAsync(Accepting);

    /// <summary>Receives packets until the session or the socket ends.</summary>
    public static async Task RunAsync(EngineSession session, WebSocket socket, int maxPayload)
    {
        try
        {
            await HandOverAsync(session, socket, maxPayload);
            session.End(default);
            await CloseAsync(socket, WebSocketCloseStatus.NormalClosure);
        }
        catch (InvalidPacketException)
        {
            session.End(default);
            await CloseAsync(socket, WebSocketCloseStatus.PolicyViolation);
        }
        catch (Exception exception) when (IsLost(exception))
        {
            session.End(default);
            socket.Abort();
        }
    }

    /// <summary>Lets a polling client probe a WebSocket and upgrade to it.</summary>
    /// <returns>Whether it upgraded.</returns>
    public static async Task<bool> ProbeAsync(EngineSession session, WebSocket socket)
    {
        if (!session.TryProbe(socket)) return false;
        try
        {
            var buffer = new byte[16];
            if (!(await ReceiveSmallAsync(socket, buffer)).Span.SequenceEqual(EnginePacket.Probe)) return false;
            await socket.SendAsync(EnginePacket.ProbeAnswer, WebSocketMessageType.Text, true, CancellationToken.None);
            session.ReleasePoll();
            return (await ReceiveSmallAsync(socket, buffer)).Span is [EnginePacket.Upgrade] && session.TryUpgrade(socket);
        }
        catch (Exception exception) when (IsLost(exception))
        {
            return false;
        }
        finally
        {
            session.EndProbe(socket);
        }
    }

    /// <summary>Sends packets that are given with their separators.</summary>
    public static async ValueTask SendAsync(WebSocket socket, ReadOnlyMemory<byte> packets)
    {
        while (!packets.IsEmpty)
        {
            EnginePacket.TryTake(ref packets, out var packet);
            var isBinary = packet.Span[0] == EnginePacket.Binary;
            if (isBinary) packet = EnginePacket.ReadBinary(packet.Span[1..]);
            await socket.SendAsync(packet, isBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, true, CancellationToken.None);
        }
    }

    /// <summary>Sends a close frame, and gives up if that takes too long.</summary>
    public static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status)
    {
        using var tooLate = new CancellationTokenSource(CloseTimeout);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, null, tooLate.Token);
        }
        catch (Exception exception) when (IsLost(exception))
        {
            socket.Abort();
        }
    }

    /// <summary>Whether the exception only means that the client is gone or its socket was aborted.</summary>
    public static bool IsLost(Exception exception)
        => exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or ConnectionAbortedException;

    private static async Task HandOverAsync(EngineSession session, WebSocket socket, int maxPayload)
    {
        while (!session.IsOver)
        {
            // An empty read first, so that idle clients hold no buffer.
            var begun = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (begun.MessageType == WebSocketMessageType.Close) return;
            if (begun.EndOfMessage) throw new InvalidPacketException("An empty packet");
            var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
            try
            {
                var length = 0;
                ValueWebSocketReceiveResult received;
                do
                {
                    if (length == buffer.Length) Grow(ref buffer);
                    received = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    if (received.MessageType == WebSocketMessageType.Close) return;
                    length += received.Count;
                    if (length > maxPayload) throw new InvalidPacketException("A packet that is too large");
                }
                while (!received.EndOfMessage);
                if (session.IsOpen) await HandOverAsync(session, buffer.AsMemory(0, length), received.MessageType);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static ValueTask HandOverAsync(EngineSession session, ReadOnlyMemory<byte> packet, WebSocketMessageType type)
    {
        if (type == WebSocketMessageType.Binary) return session.Listener.OnBinaryAsync(packet);
        // Later code would take it for two packets.
        if (packet.Span.Contains(EnginePacket.Separator)) throw new InvalidPacketException("A separator in a packet");
        return session.ReceiveAsync(packet);
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    // A message that does not fit is not the expected one.
    private static async Task<ReadOnlyMemory<byte>> ReceiveSmallAsync(WebSocket socket, byte[] buffer)
    {
        var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        return received is { MessageType: WebSocketMessageType.Text, EndOfMessage: true } ? buffer.AsMemory(0, received.Count) : default;
    }
}
