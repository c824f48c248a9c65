using PyTake.Conversations;

namespace PyTake.WhatsApp.Outbound;

/// <summary>What waits to be sent to a customer. What is being sent at this moment may still arrive.</summary>
internal sealed class OutboundRecords : ICustomerRecords
{
    /// <inheritdoc/>
    public async Task EraseAsync(StreamTransaction transaction, Customer customer, CancellationToken cancellationToken)
    {
        await OutboundStore.ForgetAsync(transaction, customer.ContactIds, cancellationToken);
        await ReadReceiptStore.ForgetAsync(transaction, customer.ContactIds, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task EraseAsync(StreamTransaction transaction, IReadOnlyList<Message> messages, CancellationToken cancellationToken)
    {
        await OutboundStore.ForgetMessagesAsync(transaction, [.. messages.Select(message => message.Id)], cancellationToken);
        await ReadReceiptStore.ForgetMessagesAsync(
            transaction, messages[0].ConversationId, [.. messages.Select(message => message.WhatsappMessageId).OfType<string>()], cancellationToken);
    }
}
