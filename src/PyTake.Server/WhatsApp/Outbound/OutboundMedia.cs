namespace PyTake.WhatsApp.Outbound;

/// <summary>Finds Meta's id for the <c>media_id</c> of a message's content, uploading the file to the sending number where needed.</summary>
internal interface IOutboundMedia
{
    /// <param name="message">Claimed by this node. Meta's media ids are valid for its number only.</param>
    /// <param name="accessToken">That number's token.</param>
    /// <param name="mediaId">The content's <c>media_id</c>.</param>
    /// <returns>
    /// <see cref="GraphAnswer.Accepted"/> with Meta's id, or what went wrong. Nothing was sent to the customer yet, so an upload without an
    /// answer is <see cref="GraphAnswer.NotSent"/>. Null if the message is not this node's any more: nothing may be sent then.
    /// </returns>
    Task<GraphAnswer?> FindAsync(OutboundMessage message, string accessToken, string mediaId, CancellationToken cancellationToken);

    /// <summary>Forgets Meta's id of a file, because Meta has refused a message with it: the next attempt uploads the file again.</summary>
    Task ForgetAsync(OutboundMessage message, string metaId, CancellationToken cancellationToken);
}
