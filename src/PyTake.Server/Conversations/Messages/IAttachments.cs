using System.Text.Json.Nodes;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Gives messages the files that agents uploaded. It is all that conversations know of files.</summary>
public interface IAttachments
{
    /// <summary>
    /// Gives a message the files that its content names by <c>media_id</c>, in the transaction that adds the message, and names the message's own
    /// ids of them instead, which live as long as the message.
    /// </summary>
    /// <param name="draft">The message, whose content is not set yet.</param>
    /// <param name="content">What <see cref="OutboundContent"/> let pass.</param>
    /// <returns>The message with its content and its media, or which field is wrong.</returns>
    Task<Outcome<Message>> AttachAsync(
        StreamTransaction transaction, Conversation conversation, Message draft, JsonObject content, CancellationToken cancellationToken);
}
