using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One update cut out of a webhook, ready to be stored.</summary>
/// <param name="Partition">0 to <see cref="Partitions.Count"/> - 1, by the customer's identity, so that one customer's updates stay in order.</param>
/// <param name="Kind">The kind of update: message, echo, history, status, contact, field or unreadable. For operators and queries.</param>
/// <param name="PhoneNumberId">The business number it concerns, if it names one.</param>
/// <param name="Payload">A webhook that contains only this update; the unchanged body if the POST had only one.</param>
public sealed record NewItem(short Partition, string Kind, string? PhoneNumberId, ReadOnlyMemory<byte> Payload);
