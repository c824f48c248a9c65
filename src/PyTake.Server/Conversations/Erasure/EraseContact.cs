using Npgsql;

namespace PyTake.Conversations;

/// <summary>
/// Erases a customer: who they are at once, what was written to and by them in bites. Ids, numbers and times stay, so that streams stay whole: browsers
/// see each message change, and the conversations closed. A customer who writes again is a new one.
/// </summary>
public sealed partial class EraseContact(
    NpgsqlDataSource db, ConversationStreams streams, EraseMessages messages, IEnumerable<ICustomerRecords> records, ILogger<EraseContact> logger)
{
    private const int MostTries = 5;

    /// <summary>Erases a contact. Once it has begun, it cannot be cancelled; if the node dies, <see cref="ContinueAsync"/> goes on.</summary>
    /// <returns>False if the organization has none with this id, or no more.</returns>
    public async Task<bool> RunAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (!await BeginAsync(organizationId, id, cancellationToken)) return false;
                break;
            }
            catch (RacedException) when (tries < MostTries)
            {
                // A message of theirs that came from elsewhere was stored meanwhile.
            }
        }
        await FinishAsync(organizationId, id);
        return true;
    }

    /// <summary>Finishes what nodes that died have left; runs as a recurring job.</summary>
    public async Task ContinueAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid, Guid)> unfinished;
        await using (var connection = await db.OpenConnectionAsync(cancellationToken)) unfinished = await ContactStore.ErasingAsync(connection, cancellationToken);
        foreach (var (organizationId, id) in unfinished)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await FinishAsync(organizationId, id);
        }
    }

    private async Task<bool> BeginAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(cancellationToken);
        if (await ContactStore.CustomerAsync(transaction.Connection, transaction.Transaction, organizationId, id, cancellationToken) is not { } customer) return false;
        foreach (var record in records) await record.HoldAsync(transaction, customer, cancellationToken);
        var conversations = await ConversationStore.OfContactAsync(transaction, organizationId, id, cancellationToken);
        await transaction.LockAsync(conversations, cancellationToken);
        // By a key that was not known above, a message could be under way.
        if (await ContactStore.CustomerAsync(transaction.Connection, transaction.Transaction, organizationId, id, cancellationToken) is not { } now || !now.Keys.Order().SequenceEqual(customer.Keys.Order()))
            throw new RacedException();

        await ContactStore.EraseAsync(transaction, customer.ContactIds, cancellationToken);
        foreach (var record in records) await record.EraseAsync(transaction, customer, cancellationToken);
        foreach (var conversation in conversations) transaction.Update(transaction[conversation].Erased(transaction.Now));
        await transaction.CommitAsync(CancellationToken.None);
        LogErased(id, organizationId);
        return true;
    }

    private async Task FinishAsync(Guid organizationId, Guid id)
    {
        IReadOnlyList<Guid> conversations;
        await using (var transaction = await streams.BeginAsync(CancellationToken.None))
            conversations = await ConversationStore.OfContactAsync(transaction, organizationId, id, CancellationToken.None);
        foreach (var conversation in conversations) await messages.RunAsync(conversation, before: null, CancellationToken.None);
        await using var last = await streams.BeginAsync(conversations, CancellationToken.None);
        // By somebody who had asked for it before.
        foreach (var reopened in conversations.Select(conversation => last[conversation]).Where(conversation => conversation.IsActive()))
            last.Update(reopened.Erased(last.Now));
        await ContactStore.ErasedAsync(last, id, CancellationToken.None);
        await last.CommitAsync(CancellationToken.None);
    }

    // Kept with the logs, so that it can be repeated after a restore to a moment before it.
    [LoggerMessage(2071, LogLevel.Information, "Contact {ContactId} of organization {OrganizationId} was erased")]
    private partial void LogErased(Guid contactId, Guid organizationId);
}
