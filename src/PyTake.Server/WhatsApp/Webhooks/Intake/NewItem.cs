using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One update cut out of a webhook, ready to be stored.</summary>
/// <param name="Partition">0 to <see cref="Partitions.Count"/> - 1, by the customer's identity, so that one customer's updates stay in order.</param>
/// <param name="Kind">What it looks like: message, echo, history, status, contact, field or unreadable. For operators and queries.</param>
/// <param name="PhoneNumberId">The business number it concerns, where it says one.</param>
/// <param name="Payload">A webhook with this one update in it. Where the POST had only one, its very bytes.</param>
public sealed record NewItem(short Partition, string Kind, string? PhoneNumberId, ReadOnlyMemory<byte> Payload);
