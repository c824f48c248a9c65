namespace PyTake.WhatsApp.Outbound;

/// <summary>Finds Meta's id for the <c>media_id</c> of a message's content, uploading the file to the sending number where needed.</summary>
public interface IOutboundMedia
{
    /// <param name="organizationId">The sender's: a file of another organization does not exist.</param>
    /// <param name="phoneNumberId">The number that will send it; Meta's ids belong to one.</param>
    /// <param name="accessToken">That number's token.</param>
    /// <param name="mediaId">As the content says.</param>
    /// <returns>
    /// <see cref="GraphAnswer.Accepted"/> with Meta's id, or what went wrong. Nothing was sent to the customer yet, so that an upload
    /// without an answer is <see cref="GraphAnswer.NotSent"/>.
    /// </returns>
    Task<GraphAnswer> FindAsync(Guid organizationId, string phoneNumberId, string accessToken, string mediaId, CancellationToken cancellationToken);
}

/// <summary>For ids that are Meta's own already.</summary>
internal sealed class MetaMedia : IOutboundMedia
{
    public Task<GraphAnswer> FindAsync(
        Guid organizationId, string phoneNumberId, string accessToken, string mediaId, CancellationToken cancellationToken)
        => Task.FromResult<GraphAnswer>(new GraphAnswer.Accepted(mediaId));
}
