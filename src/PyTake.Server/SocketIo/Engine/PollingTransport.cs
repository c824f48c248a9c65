using System.Buffers;
using System.Text.Unicode;

namespace PyTake.SocketIo.Engine;

/// <summary>Long polling: a GET waits for packets, a POST delivers the client's.</summary>
internal static class PollingTransport
{
    private const int FirstBuffer = 4096;

    /// <summary>Answers once there are packets.</summary>
    public static async Task GetAsync(EngineSession session, HttpContext http)
    {
        if (session.TryPoll(out var polled) is { } refused)
        {
            await refused.WriteAsync(http);
            return;
        }
        try
        {
            await WriteAsync(http, await polled.WaitAsync(http.RequestAborted));
        }
        catch (Exception exception) when (WebSocketTransport.IsLost(exception))
        {
            // The packets of this response are lost, and the client would not notice the gap in later ones.
            session.Abort();
        }
    }

    /// <summary>Handles the packets in order, up to the first invalid one.</summary>
    public static async Task PostAsync(EngineSession session, HttpContext http, int maxPayload)
    {
        if (session.TryPost() is { } refused)
        {
            await refused.WriteAsync(http);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            if (http.Request.ContentLength > maxPayload) length = maxPayload + 1;
            for (var read = -1; read != 0 && length <= maxPayload; length += read)
            {
                if (length == buffer.Length) Grow(ref buffer);
                read = await http.Request.Body.ReadAsync(buffer.AsMemory(length), http.RequestAborted);
            }
            if (length > maxPayload)
            {
                session.End(EnginePacket.Closing);
                await EngineError.BadRequest.WriteAsync(http, StatusCodes.Status413PayloadTooLarge);
                return;
            }
            await HandOverAsync(session, buffer.AsMemory(0, length));
            // Before the response: once the client has it, it may send again, possibly on the WebSocket.
            session.EndPost();
            await WriteAsync(http, [Ok]);
        }
        catch (InvalidPacketException)
        {
            session.End(EnginePacket.Closing);
            await EngineError.BadRequest.WriteAsync(http);
        }
        catch (Exception exception) when (WebSocketTransport.IsLost(exception))
        {
            session.Abort();
            if (!http.Response.HasStarted) http.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes packets as the response. The last byte, normally the last packet's separator, is left out.</summary>
    public static async Task WriteAsync(HttpContext http, IReadOnlyList<ReadOnlyMemory<byte>> packets)
    {
        var response = http.Response;
        response.ContentType = "text/plain; charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = packets.Sum(p => p.Length) - 1;
        for (var i = 0; i < packets.Count; i++)
            await response.Body.WriteAsync(i == packets.Count - 1 ? packets[i][..^1] : packets[i], http.RequestAborted);
    }

    private static readonly ReadOnlyMemory<byte> Ok = "ok\u001e"u8.ToArray();

    private static async Task HandOverAsync(EngineSession session, ReadOnlyMemory<byte> payload)
    {
        if (!Utf8.IsValid(payload.Span)) throw new InvalidPacketException("Not UTF-8");
        var isMore = true;
        while (isMore && session.IsOpen)
        {
            isMore = EnginePacket.TryTake(ref payload, out var packet);
            if (packet.Span is [EnginePacket.Close]) await session.PollComesAsync();
            if (packet.Span is [EnginePacket.Binary, ..]) await session.Listener.OnBinaryAsync(EnginePacket.ReadBinary(packet.Span[1..]));
            else await session.ReceiveAsync(packet);
        }
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
