using System.Text.Json;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// Whether a WhatsApp number may send: sent between nodes on topic <see cref="Topic"/> when it was stopped or saved, and to the organization's
/// clients as <c>number:updated</c>.
/// </summary>
/// <param name="SendingStoppedAt">Null if it may send.</param>
/// <param name="SendingStoppedCode">Meta's error code.</param>
/// <param name="SendingStoppedReason">In Meta's words.</param>
public sealed record NumberSending(
    Guid OrganizationId, Guid WhatsappNumberId, DateTime? SendingStoppedAt, string? SendingStoppedCode, string? SendingStoppedReason)
{
    public const string Topic = "number-sending";

    /// <summary>Its text on <see cref="Topic"/>.</summary>
    public string ToHint() => JsonSerializer.Serialize(this, Wire.Options);

    /// <summary>Reads <see cref="ToHint"/>.</summary>
    public static NumberSending Of(string hint) => JsonSerializer.Deserialize<NumberSending>(hint, Wire.Options)!;
}
