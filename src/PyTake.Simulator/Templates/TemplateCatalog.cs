using System.Text.Json;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Templates;

/// <summary>The demo templates, which every account has.</summary>
internal sealed class TemplateCatalog
{
    public IReadOnlyList<Template> Templates { get; } = Load();

    /// <summary>The template that a message's <c>template</c> object names.</summary>
    public Template? Find(JsonElement named) => Templates.FirstOrDefault(template =>
        template.Name == named.Text("name") && template.Language == named.Member("language")?.Text("code"));

    /// <summary>The error in a message's <c>template</c> object; null if it is valid.</summary>
    public GraphError? Check(JsonElement named, Recipient recipient) =>
        named.Text("name") is not { } name ? GraphError.Missing("template['name'] is missing")
        : named.Member("language")?.Text("code") is not { } language
            ? GraphError.Missing("template['language']['code'] is missing")
        : Find(named) is not { } template
            ? GraphError.WithDetails(132001, $"template name ({name}) does not exist in {language}")
        : template.Status == "PAUSED" ? GraphError.WithDetails(132015, $"template {name} is paused")
        : template.Category == "AUTHENTICATION" && recipient.WaId is null
            ? GraphError.WithDetails(131062, "Authentication messages need a phone number")
        : Parameters(template, named);

    private static GraphError? Parameters(Template template, JsonElement named) =>
        template.Components
            .Where(component => component.Type is "HEADER" or "BODY")
            .Select(component => Parameters(component, named))
            .FirstOrDefault(error => error is not null);

    private static GraphError? Parameters(TemplateComponent component, JsonElement named)
    {
        var type = component.Type.ToLowerInvariant();
        var given = named.Items("components")
            .Where(given => type.Equals(given.Text("type"), StringComparison.OrdinalIgnoreCase))
            .SelectMany(given => given.Items("parameters"))
            .ToArray();
        if (given.Length != component.ParameterCount)
        {
            return GraphError.WithDetails(132000, $"{type}: number of localizable_params ({given.Length}) does not "
                + $"match the expected number of params ({component.ParameterCount})");
        }
        return component.Format is not (null or "TEXT") && !Is(given[0], component.Format)
            ? GraphError.WithDetails(132012, $"{type}: Format mismatch, expected {component.Format}, "
                + $"received {given[0].Text("type")?.ToUpperInvariant() ?? "UNKNOWN"}")
            : null;
    }

    private static bool Is(JsonElement parameter, string format) =>
        format.Equals(parameter.Text("type"), StringComparison.OrdinalIgnoreCase);

    private static Template[] Load()
    {
        using var file = typeof(TemplateCatalog).Assembly.GetManifestResourceStream("templates.json")!;
        return JsonSerializer.Deserialize<Template[]>(
            file, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })!;
    }
}
