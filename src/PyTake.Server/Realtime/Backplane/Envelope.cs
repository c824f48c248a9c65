using System.Buffers.Binary;
using System.Text;

namespace PyTake.Realtime;

/// <summary>
/// An event between nodes: version (1), origin (16), seq (8), then method, number of excluded connections and these, each text with its
/// length (2) in front, numbers little-endian; the rest is the JSON of the arguments, which no node reads on the way.
/// </summary>
/// <param name="Origin">The node that sent it, which has served its own connections already.</param>
/// <param name="Seq">Its place in a conversation's stream, or 0.</param>
/// <param name="Excluded">Connections that do not get it.</param>
internal readonly record struct Envelope(Guid Origin, long Seq, string Method, string[] Excluded, ReadOnlyMemory<byte> Arguments)
{
    private const byte Version = 1;
    private const int HeadLength = 1 + 16 + 8;

    /// <summary>Whether these bytes are a node's own, coming back to it.</summary>
    public static bool IsFrom(Guid node, ReadOnlySpan<byte> bytes) => bytes.Length >= HeadLength && new Guid(bytes.Slice(1, 16)) == node;

    public byte[] ToBytes()
    {
        var length = HeadLength + TextLength(Method) + 2 + Excluded.Sum(TextLength) + Arguments.Length;
        var bytes = new byte[length];
        bytes[0] = Version;
        Origin.TryWriteBytes(bytes.AsSpan(1));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), Seq);
        var rest = WriteText(bytes.AsSpan(HeadLength), Method);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)Excluded.Length);
        rest = rest[2..];
        foreach (var id in Excluded) rest = WriteText(rest, id);
        Arguments.Span.CopyTo(rest);
        return bytes;
    }

    /// <summary>The event in these bytes; null where they are of another version or not whole.</summary>
    public static Envelope? Read(byte[] bytes)
    {
        if (bytes.Length < HeadLength || bytes[0] != Version) return null;
        var at = HeadLength;
        if (ReadText(bytes, ref at) is not { } method || ReadNumber(bytes, ref at) is not { } count) return null;
        var excluded = count == 0 ? [] : new string[count];
        for (var i = 0; i < count; i++)
        {
            if (ReadText(bytes, ref at) is not { } id) return null;
            excluded[i] = id;
        }
        return new(
            new Guid(bytes.AsSpan(1, 16)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(17)), method, excluded, bytes.AsMemory(at));
    }

    private static int TextLength(string text) => 2 + Encoding.UTF8.GetByteCount(text);

    private static Span<byte> WriteText(Span<byte> target, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, target[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(target, checked((ushort)length));
        return target[(2 + length)..];
    }

    private static int? ReadNumber(byte[] bytes, ref int at)
    {
        if (bytes.Length - at < 2) return null;
        at += 2;
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at - 2));
    }

    private static string? ReadText(byte[] bytes, ref int at)
    {
        if (ReadNumber(bytes, ref at) is not { } length || bytes.Length - at < length) return null;
        at += length;
        return Encoding.UTF8.GetString(bytes, at - length, length);
    }
}
