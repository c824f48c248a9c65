using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Extensions;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Templates;

internal static class TemplateEndpoints
{
    private const int DefaultLimit = 25;

    public static void AddTemplates(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TemplateCatalog>();

    /// <summary>Takes the id of an account, or of a number in place of its account.</summary>
    public static void MapTemplates(this RouteGroupBuilder graph) =>
        graph.MapGet("/{id:regex(^\\d+$)}/message_templates", List).AddEndpointFilter(GraphAccess.Demand);

    private static Page List(
        HttpRequest request, TemplateCatalog catalog, string? status, string? name, string? language, string? after, int? limit)
    {
        var found = catalog.Templates
            .Where(template => status is null || template.Status.Equals(status, StringComparison.OrdinalIgnoreCase))
            .Where(template => name is null || template.Name.Contains(name, StringComparison.OrdinalIgnoreCase))
            .Where(template => language is null || template.Language == language)
            .ToArray();
        // A cursor is the id of a template; Meta's are opaque as well.
        var start = Array.FindIndex(found, template => template.Id == after) + 1;
        Template[] page = [.. found.Skip(start).Take(limit ?? DefaultLimit)];
        return new(page, page.Length == 0 ? null : new(new(page[0].Id, page[^1].Id), Next(request, page[^1], found[^1])));
    }

    /// <summary>The URL of the next page, as Meta gives it: null marks the last page, since a page that is not full need not be the last.</summary>
    private static string? Next(HttpRequest request, Template shown, Template last) => shown == last
        ? null
        : UriHelper.BuildAbsolute(request.Scheme, request.Host, path: request.Path, query: new QueryBuilder(
            request.Query.Where(parameter => parameter.Key != "after").Append(new("after", shown.Id))).ToQueryString());

    private sealed record Page(
        Template[] Data, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Paging? Paging);

    private sealed record Paging(
        Cursors Cursors, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Next);

    private sealed record Cursors(string Before, string After);
}
