using System.Text.Json.Nodes;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Which kinds of templates there are, as WhatsApp classifies them.</summary>
public interface ITemplateCategories
{
    /// <summary>The category of a template of the number's account (MARKETING, UTILITY, AUTHENTICATION); null if it is not known now.</summary>
    Task<string?> FindAsync(Guid organizationId, Guid whatsappNumberId, string name, string language, CancellationToken cancellationToken);
}

/// <summary>Refuses marketing to customers who have stopped it.</summary>
/// <remarks>A template whose category cannot be found out is sent: WhatsApp, which asked the customer, refuses it where it must (131050).</remarks>
public sealed class MarketingRule(ConversationStore conversations, ITemplateCategories categories)
{
    /// <summary>Why the template may not be sent in the conversation; null if it may, or if there is no such conversation.</summary>
    /// <param name="template">The content of a message of type template.</param>
    public async Task<Refusal?> RefusesAsync(Caller caller, Guid conversationId, JsonObject template, CancellationToken cancellationToken)
    {
        if (Text(template["name"]) is not { } name || Text(template["language"]) is not { } language) return null;
        if (await conversations.FindAsync(caller, conversationId, cancellationToken) is not { Contact.OptedOutAt: not null } conversation) return null;
        var category = await categories.FindAsync(caller.OrganizationId, conversation.WhatsappNumberId, name, language, cancellationToken);
        return string.Equals(category, "MARKETING", StringComparison.OrdinalIgnoreCase)
            ? Refusal.Conflict("The customer has stopped marketing messages: only a template that is not marketing may be sent")
            : null;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
