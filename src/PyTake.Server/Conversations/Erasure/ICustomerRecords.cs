using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// What a feature keeps of customers besides their contacts and messages: files, what waits to be sent, updates that wait to be processed. Whoever keeps
/// anything registers one, so that it is erased and exported with the rest.
/// </summary>
public interface ICustomerRecords
{
    /// <summary>Called before anything is locked: has whatever brings news of this customer wait until the transaction ends.</summary>
    Task HoldAsync(StreamTransaction transaction, Customer customer, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Deletes what is kept of the customer. Their conversations are locked; their messages are erased later.</summary>
    Task EraseAsync(StreamTransaction transaction, Customer customer, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Deletes what is kept of messages that this transaction erases, given as they were before: their files, say.</summary>
    Task EraseAsync(StreamTransaction transaction, IReadOnlyList<Message> messages, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What is kept of the customer, for an export, by the name that it has there.</summary>
    Task<IReadOnlyList<(string Name, RawJson Value)>> FindAsync(Customer customer, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<(string, RawJson)>>([]);
}

/// <summary>A customer, with everything that they are or were known by.</summary>
/// <param name="ContactIds">Their contact, first, and those that were merged into it.</param>
/// <param name="Keys">The keys that they are found by: normalized numbers, and user ids.</param>
/// <param name="Numbers">Their numbers in digits, in the spellings that were seen.</param>
public sealed record Customer(Guid OrganizationId, Guid[] ContactIds, string[] Keys, string[] Numbers)
{
    /// <summary>The contact that their conversations belong to.</summary>
    public Guid ContactId => ContactIds[0];
}
