using System.Buffers.Binary;
using System.Text;

namespace PyTake.Realtime;

/// <summary>
/// The bytes of an event between nodes: version (1), origin (16), seq (8), length of the method's name (2), the name, two zero bytes; the
/// rest is the arguments' JSON, which nodes pass on without parsing it. Numbers are little-endian.
/// </summary>
/// <param name="Origin">The node that sent it and has already delivered it to its own connections.</param>
/// <param name="Seq">Its number in a conversation's stream, or 0.</param>
internal readonly record struct Envelope(Guid Origin, long Seq, string Method, ReadOnlyMemory<byte> Arguments)
{
    private const byte Version = 1;
    private const int HeadLength = 1 + 16 + 8 + 2;
    // Nodes of earlier versions read the number of excluded connections here.
    private const int ReservedLength = 2;

    /// <summary>Whether this node sent these bytes itself, so that it must ignore them.</summary>
    public static bool IsFrom(Guid node, ReadOnlySpan<byte> bytes) => bytes.Length >= HeadLength && new Guid(bytes.Slice(1, 16)) == node;

    public byte[] ToBytes()
    {
        var methodLength = Encoding.UTF8.GetByteCount(Method);
        var bytes = new byte[HeadLength + methodLength + ReservedLength + Arguments.Length];
        bytes[0] = Version;
        Origin.TryWriteBytes(bytes.AsSpan(1));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), Seq);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(25), checked((ushort)methodLength));
        Encoding.UTF8.GetBytes(Method, bytes.AsSpan(HeadLength));
        Arguments.Span.CopyTo(bytes.AsSpan(HeadLength + methodLength + ReservedLength));
        return bytes;
    }

    /// <summary>The event in these bytes; null if they are of another version or incomplete.</summary>
    public static Envelope? Read(byte[] bytes)
    {
        if (bytes.Length < HeadLength || bytes[0] != Version) return null;
        var methodLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(25));
        var argumentsAt = HeadLength + methodLength + ReservedLength;
        if (bytes.Length < argumentsAt) return null;
        return new(
            new Guid(bytes.AsSpan(1, 16)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(17)),
            Encoding.UTF8.GetString(bytes, HeadLength, methodLength), bytes.AsMemory(argumentsAt));
    }
}
