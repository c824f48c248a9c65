using System.Text.Json;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Messages;

/// <summary>
/// The limits of buttons and lists. Other interactive messages need only a type, an action and, unless they are of a
/// kind that WhatsApp gives words of its own, a body.
/// </summary>
internal static class InteractiveCheck
{
    private const int MaxBody = 1024;
    private const int MaxHeaderOrFooter = 60;
    private const int MaxButtons = 3;
    private const int MaxRows = 10;
    private const int MaxSections = 10;

    public static GraphError? Run(JsonElement interactive)
    {
        if (interactive.Text("type") is not { } type)
            return GraphError.Missing("interactive['type'] is missing");
        if (interactive.Member("action") is not { } action)
            return GraphError.Missing("interactive['action'] is missing");
        return Frame(interactive, type) ?? type switch
        {
            "button" => Buttons(action),
            "list" => List(action),
            _ => null,
        };
    }

    private static GraphError? Frame(JsonElement interactive, string type) =>
        type is not ("product" or "call_permission_request") && string.IsNullOrEmpty(interactive.Member("body")?.Text("text"))
            ? GraphError.Missing("interactive['body']['text'] is missing")
            : Limit(interactive.Member("body"), "text", MaxBody, "body")
                ?? Limit(interactive.Member("header"), "text", MaxHeaderOrFooter, "header")
                ?? Limit(interactive.Member("footer"), "text", MaxHeaderOrFooter, "footer");

    private static GraphError? Buttons(JsonElement action)
    {
        var buttons = action.Items("buttons");
        return buttons.Length is 0 or > MaxButtons
            ? GraphError.Invalid($"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {MaxButtons}")
            : FirstError(buttons, Button) ?? Unique(buttons.Select(button => button.Member("reply")), "button");
    }

    private static GraphError? Button(JsonElement button) =>
        button.Text("type") != "reply" || button.Member("reply") is not { } reply
            ? GraphError.Invalid("A button must be of type reply and have a reply")
            : Demand(reply, "id", 256, "button id") ?? Demand(reply, "title", 20, "button title");

    private static GraphError? List(JsonElement action)
    {
        var sections = action.Items("sections");
        var rows = sections.SelectMany(section => section.Items("rows")).ToArray();
        return Demand(action, "button", 20, "list button")
            ?? (sections.Length is 0 or > MaxSections || rows.Length is 0 or > MaxRows
                ? GraphError.Invalid($"A list has 1 to {MaxSections} sections and 1 to {MaxRows} rows in total")
                : FirstError(sections, section => Section(section, sections.Length))
                    ?? FirstError(rows, Row)
                    ?? Unique(rows.Select(row => (JsonElement?)row), "row"));
    }

    private static GraphError? Section(JsonElement section, int count) =>
        count > 1 ? Demand(section, "title", 24, "section title") : Limit(section, "title", 24, "section title");

    private static GraphError? Row(JsonElement row) =>
        Demand(row, "id", 200, "row id")
        ?? Demand(row, "title", 24, "row title")
        ?? Limit(row, "description", 72, "row description");

    private static GraphError? Unique(IEnumerable<JsonElement?> items, string what)
    {
        var ids = items.Select(item => item?.Text("id")).ToArray();
        return ids.Distinct().Count() == ids.Length ? null : GraphError.Invalid($"Duplicated {what} id");
    }

    private static GraphError? Demand(JsonElement element, string name, int limit, string what) =>
        string.IsNullOrEmpty(element.Text(name))
            ? GraphError.Missing($"The {what} is missing")
            : Limit(element, name, limit, what);

    private static GraphError? Limit(JsonElement? element, string name, int limit, string what) =>
        element is { } present && MessageCheck.TooLong(present, name, limit)
            ? GraphError.Invalid($"The {what} is too long. Max length is {limit}")
            : null;

    private static GraphError? FirstError(JsonElement[] items, Func<JsonElement, GraphError?> check) =>
        items.Select(check).FirstOrDefault(error => error is not null);
}
