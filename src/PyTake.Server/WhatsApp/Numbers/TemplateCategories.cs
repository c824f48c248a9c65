using System.Text.Json;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Numbers;

/// <summary>Asks Meta for a template's category, which it may change at any time.</summary>
internal sealed class TemplateCategories(NumberStore numbers, Templates templates) : ITemplateCategories
{
    // An agent waits for the answer, without which the template is sent.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<string?> FindAsync(
        Guid organizationId, Guid whatsappNumberId, string name, string language, CancellationToken cancellationToken)
    {
        if (await numbers.TemplateOwnerAsync(organizationId, whatsappNumberId, cancellationToken) is not (var ownerId, { } accessToken)) return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await templates.ListAsync(ownerId, accessToken, new(Name: name), patience.Token) is TemplatesAnswer.Found { Templates: var found }
                ? found.Select(template => CategoryOf(template, name, language)).OfType<string>().FirstOrDefault()
                : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // Meta finds names that contain the one asked for.
    private static string? CategoryOf(RawJson template, string name, string language)
    {
        using var document = template.Parse();
        return Text("name") == name && Text("language") == language ? Text("category") : null;

        string? Text(string member) => document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(member, out var value)
            ? value.TextOrNull()
            : null;
    }
}
