namespace PyTake.WhatsApp.Outbound;

/// <summary>Finds Meta's id for the <c>media_id</c> of a message's content, uploading the file to the sending number where needed.</summary>
public interface IOutboundMedia
{
    /// <param name="organizationId">The sender's; files of other organizations are not found.</param>
    /// <param name="phoneNumberId">The sending number; Meta's media ids are valid for one number only.</param>
    /// <param name="accessToken">That number's token.</param>
    /// <param name="mediaId">The content's <c>media_id</c>.</param>
    /// <returns>
    /// <see cref="GraphAnswer.Accepted"/> with Meta's id, or what went wrong. Nothing was sent to the customer yet, so an upload without an
    /// answer is <see cref="GraphAnswer.NotSent"/>.
    /// </returns>
    Task<GraphAnswer> FindAsync(Guid organizationId, string phoneNumberId, string accessToken, string mediaId, CancellationToken cancellationToken);
}

/// <summary>Used when every <c>media_id</c> is already Meta's own.</summary>
internal sealed class MetaMedia : IOutboundMedia
{
    public Task<GraphAnswer> FindAsync(
        Guid organizationId, string phoneNumberId, string accessToken, string mediaId, CancellationToken cancellationToken)
        => Task.FromResult<GraphAnswer>(new GraphAnswer.Accepted(mediaId));
}
