using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace PyTake.Simulator.Templates;

/// <summary>A message template as the Graph API lists it.</summary>
internal sealed record Template(
    string Id,
    string Name,
    string Language,
    string Status,
    string Category,
    string ParameterFormat,
    TemplateComponent[] Components);

/// <summary>A part of a template: HEADER (with a format), BODY, FOOTER or BUTTONS.</summary>
internal sealed partial record TemplateComponent(
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Format,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object? Example,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object[]? Buttons)
{
    /// <summary>The number of values that a message must supply: one for media, one for each distinct {{variable}} in text.</summary>
    [JsonIgnore]
    public int ParameterCount =>
        Format is not (null or "TEXT") ? 1 : Variable().Matches(Text ?? "").DistinctBy(match => match.Value).Count();

    [GeneratedRegex(@"\{\{\w+\}\}")]
    private static partial Regex Variable();
}
