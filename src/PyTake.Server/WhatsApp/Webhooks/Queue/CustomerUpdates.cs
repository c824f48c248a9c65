using Npgsql;
using PyTake.Conversations;
using PyTake.Jobs;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>A customer's updates that were not processed yet, or could not be: they are kept as Meta sent them.</summary>
internal sealed class CustomerUpdates(NpgsqlDataSource db, FailedItems failed) : ICustomerRecords
{
    /// <inheritdoc/>
    public Task HoldAsync(StreamTransaction transaction, Customer customer, CancellationToken cancellationToken)
        => WebhookQueue.HoldAsync(transaction, PartitionsOf(customer), cancellationToken);

    /// <inheritdoc/>
    public async Task EraseAsync(StreamTransaction transaction, Customer customer, CancellationToken cancellationToken)
    {
        var mark = MarkOf(customer);
        await WebhookQueue.DeleteAsync(transaction, mark, cancellationToken);
        foreach (var id in await DeferredItems.DeleteAsync(transaction, mark, cancellationToken)) transaction.AfterCommit(() => failed.Notify(id));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<(string Name, RawJson Value)>> FindAsync(Customer customer, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var payloads = await DeferredItems.PayloadsAsync(connection, MarkOf(customer), cancellationToken);
        // As texts: not all of them are JSON.
        return [("unprocessed_updates", RawJson.Of(payloads.Select(System.Text.Encoding.UTF8.GetString)))];
    }

    private static short[] PartitionsOf(Customer customer) => [.. customer.Keys.Select(Partitions.Of).Distinct().Order()];

    // As members of JSON have them. Other updates of the same partition, which only mention the number in a text, are not theirs.
    private static CustomerMark MarkOf(Customer customer) => new(
        customer.OrganizationId, PartitionsOf(customer),
        [.. customer.Keys.SelectMany(PhoneNumbers.Spellings).Concat(customer.Numbers).Distinct().Select(id => System.Text.Encoding.UTF8.GetBytes($"\"{id}\""))]);
}

/// <summary>What a customer's updates are known by.</summary>
/// <param name="OrganizationId">Only updates for its numbers are meant: the same person may be another organization's customer.</param>
/// <param name="Partitions">All of theirs are in these.</param>
/// <param name="Ids">They contain one of these.</param>
internal sealed record CustomerMark(Guid OrganizationId, short[] Partitions, byte[][] Ids)
{
    /// <summary>The condition that a row of the queue or of the deferred items, named <c>i</c>, has to meet.</summary>
    public const string Condition = """
        i.lane = any(@Partitions)
          and i.phone_number_id in (select phone_number_id from whatsapp_numbers where organization_id = @OrganizationId)
          and exists (select from unnest(@Ids) as id where position(id in i.payload) > 0)
        """;
}
