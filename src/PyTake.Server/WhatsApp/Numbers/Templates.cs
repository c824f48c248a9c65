using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Json;

namespace PyTake.WhatsApp.Numbers;

/// <summary>Message templates, which Meta keeps and reviews.</summary>
internal sealed class Templates(IHttpClientFactory clients, IOptions<GraphOptions> graph)
{
    // A template may have several kilobytes, and the client accepts a megabyte.
    private const int PageSize = 100;
    // Enough for more templates than Meta allows an account (6,000 for a verified business).
    private const int MostPages = 80;

    /// <summary>GET /{version}/{WhatsApp Business Account}/message_templates, to the last page.</summary>
    /// <param name="ownerId">The account; the simulator takes a phone_number_id as well.</param>
    /// <param name="filter">Which of them.</param>
    public async Task<TemplatesAnswer> ListAsync(string ownerId, string accessToken, TemplateFilter filter, CancellationToken cancellationToken)
    {
        var found = new List<RawJson>();
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            var (answer, next) = await PageAsync(ownerId, accessToken, filter, after, cancellationToken);
            if (answer is not TemplatesAnswer.Found { Templates: var templates }) return answer;
            found.AddRange(templates);
            if (next is null) break;
            after = next;
        }
        return new TemplatesAnswer.Found(found);
    }

    private async Task<(TemplatesAnswer Answer, string? Next)> PageAsync(
        string ownerId, string accessToken, TemplateFilter filter, string? after, CancellationToken cancellationToken)
    {
        var query = QueryString.Create("limit", PageSize.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (filter.Status is { } status) query = query.Add("status", status);
        if (filter.Name is { } name) query = query.Add("name", name);
        if (after is not null) query = query.Add("after", after);
        using var request = new HttpRequestMessage(HttpMethod.Get, graph.Value.UrlOf($"{Uri.EscapeDataString(ownerId)}/message_templates{query}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        try
        {
            using var response = await clients.CreateClient("graph").SendAsync(request, cancellationToken);
            using var body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            return response.IsSuccessStatusCode
                ? Read(body.RootElement)
                : (new TemplatesAnswer.Refused(GraphError.Read(body.RootElement, accessToken)?.Text ?? $"HTTP {(int)response.StatusCode}"), null);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (new TemplatesAnswer.Unreachable(), null);
        }
    }

    private static (TemplatesAnswer, string?) Read(JsonElement body)
    {
        if (Property(body, "data") is not { ValueKind: JsonValueKind.Array } data) return (new TemplatesAnswer.Refused("no data"), null);
        // Every page has cursors, even the last one, and any may be shorter than requested: only next says that there is another.
        var paging = Property(body, "paging");
        var after = Property(paging, "next") is null ? null : Property(Property(paging, "cursors"), "after");
        return (new TemplatesAnswer.Found([.. data.EnumerateArray().Select(t => new RawJson(t.GetRawText()))]),
            after?.TextOrNull());
    }

    private static JsonElement? Property(JsonElement? json, string name)
        => json is { ValueKind: JsonValueKind.Object } && json.Value.TryGetProperty(name, out var value) ? value : null;
}

/// <summary>Meta's filters of the list of templates.</summary>
/// <param name="Status">APPROVED and the like; null for all.</param>
/// <param name="Name">Only those whose name contains this; null for all.</param>
internal readonly record struct TemplateFilter(string? Status = null, string? Name = null);

/// <summary>The outcome of listing templates.</summary>
internal abstract record TemplatesAnswer
{
    /// <summary>Templates in Graph's format.</summary>
    public sealed record Found(IReadOnlyList<RawJson> Templates) : TemplatesAnswer;
    public sealed record Refused(string Reason) : TemplatesAnswer;
    public sealed record Unreachable : TemplatesAnswer;
}
