using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace PyTake.Conversations;

/// <summary>A position in the list: the last message's time and the id of a page's last conversation. Opaque to clients.</summary>
public sealed record ConversationCursor(DateTime LastMessageAt, Guid Id)
{
    private const int Length = 24;

    /// <summary>Stands for a conversation without messages: PostgreSQL's <c>-infinity</c>, which sorts after all others.</summary>
    public static readonly DateTime NoMessage = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    public static ConversationCursor After(Conversation conversation) => new(conversation.LastMessageAt ?? NoMessage, conversation.Id);

    /// <summary>Reads what <see cref="ToString"/> wrote; null for any other text.</summary>
    public static ConversationCursor? Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (text.Length > 2 * Length || Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done || written != Length)
            return null;
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? null : new(new DateTime(ticks, DateTimeKind.Utc), new Guid(bytes[8..]));
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, LastMessageAt.Ticks);
        Id.TryWriteBytes(bytes[8..]);
        return Base64Url.EncodeToString(bytes);
    }
}
