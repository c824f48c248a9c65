using System.Text;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// Bounds what one request takes from its node and from the connection: a page and a catch-up end after so many bytes, with fewer rows than were asked for
/// (CONTRACT, section 8). A message may have a megabyte, so a count of rows alone bounds nothing.
/// </summary>
internal static class AnswerSize
{
    /// <summary>Bytes of JSON in one answer.</summary>
    public const long Most = 4_000_000;

    // Names, ids, times and what else every row has. A quote or a control character takes more than it counts, which the difference to 4 MiB covers.
    private const long Fixed = 1500;

    /// <summary>Bytes of a message in an answer or an event, or somewhat more.</summary>
    public static long Of(Message message)
        => Fixed + Of(message.Content) + Of(message.Reactions) + Of(message.Media) + Of(message.Meta) + Of(message.ErrorMessage) + Of(message.ClientMessageId);

    /// <summary>The same of a conversation with its contact.</summary>
    public static long Of(Conversation conversation)
        => Fixed + Of(conversation.ExtraData) + Of(conversation.LastMessage) + Of(conversation.Tags) + Of(conversation.ControlledBy) + Of(conversation.Contact)
            + Of(conversation.Hit?.Preview);

    /// <summary>The same of a contact.</summary>
    public static long Of(Contact contact)
        => Fixed + Of(contact.Name) + Of(contact.Username) + Of(contact.ProfilePictureUrl) + Of(contact.Tags) + Of(contact.Attributes) + Of(contact.FirstReferral);

    /// <summary>How many of these rows fit into one answer: the first one always does.</summary>
    public static int Fitting<T>(IReadOnlyList<T> rows, Func<T, long> bytesOf)
    {
        var bytes = 0L;
        for (var count = 0; count < rows.Count; count++)
            if ((bytes += bytesOf(rows[count])) > Most && count > 0) return count;
        return rows.Count;
    }

    private static long Of(RawJson? json) => Of(json?.Text);

    private static long Of(string[] texts) => texts.Sum(text => Of(text) + 3);

    private static long Of(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
