using System.Text.Json;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// There is an event of the organization's WhatsApp account: sent between nodes on topic <see cref="Topic"/>, and to the organization's clients as
/// <c>account:event</c>. What it says, administrators read by REST.
/// </summary>
public sealed record AccountNews(Guid OrganizationId, Guid Id)
{
    public const string Topic = "account-news";

    /// <summary>Its text on <see cref="Topic"/>.</summary>
    public string ToHint() => JsonSerializer.Serialize(this, Wire.Options);

    /// <summary>Reads <see cref="ToHint"/>.</summary>
    public static AccountNews Of(string hint) => JsonSerializer.Deserialize<AccountNews>(hint, Wire.Options)!;
}
