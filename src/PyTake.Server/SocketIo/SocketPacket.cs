using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.SocketIo;

/// <summary>Types of Socket.IO's packets (socket.io-protocol, revision 5); each is one digit.</summary>
internal enum SocketPacketType : byte { Connect, Disconnect, Event, Ack, ConnectError, BinaryEvent, BinaryAck }

/// <summary>
/// A packet from a client: <c>type[attachments-][namespace,][acknowledgement id][JSON]</c>. Reading checks everything that can be checked
/// without knowing the methods, so that later code can rely on it.
/// </summary>
internal ref struct SocketPacket
{
    /// <summary>The limit of the reference implementation's parser.</summary>
    private const int MostAttachments = 10;
    // JavaScript represents every whole number of up to 15 digits exactly, but not every one of 16.
    private const int LongestId = 15;
    private static readonly string[] Reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

    public SocketPacketType Type { get; private set; }

    /// <summary>How many binary messages follow.</summary>
    public int Attachments { get; private set; }

    /// <summary>/ if the client names none.</summary>
    public string Namespace { get; private set; }

    /// <summary>The id an acknowledgement refers to; null if none is wanted.</summary>
    public long? Id { get; private set; }

    /// <summary>The payload; empty if there is none.</summary>
    public ReadOnlySpan<byte> Json { get; private set; }

    public readonly bool IsEvent => Type is SocketPacketType.Event or SocketPacketType.BinaryEvent;

    /// <summary>Whether it can have attachments, which directly follow the packet.</summary>
    private readonly bool IsBinary => Type is SocketPacketType.BinaryEvent or SocketPacketType.BinaryAck;

    /// <returns>Whether it is valid for a client to send.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out SocketPacket packet)
    {
        packet = new SocketPacket { Namespace = "/" };
        if (text is not [>= (byte)'0' and <= (byte)'6', ..]) return false;
        packet.Type = (SocketPacketType)(text[0] - '0');
        var rest = text[1..];
        if (packet.IsBinary)
        {
            if (!TryReadAttachments(ref rest, out var attachments)) return false;
            packet.Attachments = attachments;
        }
        if (rest is [(byte)'/', ..]) packet.Namespace = ReadNamespace(ref rest);
        if (!TryReadId(ref rest, out var id)) return false;
        packet.Id = id;
        packet.Json = rest;
        return packet.IsValid();
    }

    private static bool TryReadAttachments(ref ReadOnlySpan<byte> text, out int attachments)
    {
        var digits = CountDigits(text);
        if (!Utf8Parser.TryParse(text[..digits], out attachments, out _) || attachments > MostAttachments) return false;
        if (digits == text.Length || text[digits] != '-') return false;
        text = text[(digits + 1)..];
        return true;
    }

    private static string ReadNamespace(ref ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)',');
        var name = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
        text = end < 0 ? default : text[(end + 1)..];
        return name;
    }

    private static bool TryReadId(ref ReadOnlySpan<byte> text, out long? id)
    {
        id = null;
        var digits = CountDigits(text);
        if (digits == 0) return true;
        if (digits > LongestId || !Utf8Parser.TryParse(text[..digits], out long number, out _)) return false;
        id = number;
        text = text[digits..];
        return true;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
        => text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var digits ? digits : text.Length;

    private readonly bool IsValid()
    {
        if (Json.IsEmpty) return Type is SocketPacketType.Connect or SocketPacketType.Disconnect;
        try
        {
            var reader = new Utf8JsonReader(Json);
            return reader.Read() && IsAllowed(ref reader) && IsWhole(ref reader);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private readonly bool IsAllowed(scoped ref Utf8JsonReader reader) => Type switch
    {
        SocketPacketType.Connect => reader.TokenType == JsonTokenType.StartObject,
        SocketPacketType.Event or SocketPacketType.BinaryEvent => reader.TokenType == JsonTokenType.StartArray
            && reader.Read() && reader.TextOrNull() is { } name && !Reserved.Contains(name),
        SocketPacketType.Ack or SocketPacketType.BinaryAck => Id is not null && reader.TokenType == JsonTokenType.StartArray,
        _ => false,
    };

    private static bool IsWhole(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
        return true;
    }
}
