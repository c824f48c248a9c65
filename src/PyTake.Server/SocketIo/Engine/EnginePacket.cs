using System.Buffers;
using System.Buffers.Text;

namespace PyTake.SocketIo.Engine;

/// <summary>
/// Engine.IO's packets (engine.io-protocol, revision 4): a type and, for some, data. Inside the node they always have the format of a
/// poll's payload, each followed by the separator, so that any number of them fits in one buffer: JSON cannot contain that byte.
/// </summary>
internal static class EnginePacket
{
    public const byte Separator = 0x1e;

    public const byte Open = (byte)'0';
    public const byte Close = (byte)'1';
    public const byte Ping = (byte)'2';
    public const byte Pong = (byte)'3';
    public const byte Message = (byte)'4';
    public const byte Upgrade = (byte)'5';
    public const byte Noop = (byte)'6';

    /// <summary>Type of a binary message on transports without binary frames; base64 follows.</summary>
    public const byte Binary = (byte)'b';

    public static readonly ReadOnlyMemory<byte> Closing = new byte[] { Close, Separator };
    public static readonly ReadOnlyMemory<byte> Pinging = new byte[] { Ping, Separator };
    public static readonly ReadOnlyMemory<byte> Nothing = new byte[] { Noop, Separator };
    public static readonly ReadOnlyMemory<byte> ProbeAnswer = "3probe"u8.ToArray();

    public static ReadOnlySpan<byte> Probe => "2probe"u8;

    /// <summary>Removes the first packet and the separator that follows it, if any.</summary>
    /// <returns>Whether there was a separator; the last packet of a client's payload has none.</returns>
    public static bool TryTake(ref ReadOnlyMemory<byte> packets, out ReadOnlyMemory<byte> packet)
    {
        var end = packets.Span.IndexOf(Separator);
        packet = end < 0 ? packets : packets[..end];
        packets = end < 0 ? default : packets[(end + 1)..];
        return end >= 0;
    }

    /// <summary>A binary message in the format of a payload, with the separator.</summary>
    public static byte[] OfBinary(ReadOnlySpan<byte> data)
    {
        var packet = new byte[SizeOfBinary(data.Length)];
        packet[0] = Binary;
        Base64.EncodeToUtf8(data, packet.AsSpan(1), out _, out var written);
        packet[1 + written] = Separator;
        return packet;
    }

    /// <summary>The size of such a packet for this many bytes of data.</summary>
    public static int SizeOfBinary(int bytes) => 1 + Base64.GetMaxEncodedToUtf8Length(bytes) + 1;

    /// <summary>Decodes what follows <see cref="Binary"/> in a packet.</summary>
    /// <exception cref="InvalidPacketException">It is not base64.</exception>
    public static byte[] ReadBinary(ReadOnlySpan<byte> base64)
    {
        var data = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, data, out _, out var written) != OperationStatus.Done) throw new InvalidPacketException("Not base64");
        return written == data.Length ? data : data[..written];
    }
}

/// <summary>A client violated the protocol; its session ends.</summary>
internal sealed class InvalidPacketException(string message) : Exception(message);
