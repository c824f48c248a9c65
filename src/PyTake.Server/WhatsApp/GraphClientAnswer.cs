using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp;

/// <summary>What became of a request to the Graph API.</summary>
public abstract record GraphAnswer
{
    /// <summary>Meta took it.</summary>
    /// <param name="Id">What Meta calls it: a wamid for a message.</param>
    public sealed record Accepted(string Id) : GraphAnswer;

    /// <summary>Meta said no; nothing came of it.</summary>
    public sealed record Refused(int HttpStatus, GraphError Error) : GraphAnswer;

    /// <summary>It never left: it is safe to ask again.</summary>
    public sealed record NotSent(string Reason) : GraphAnswer;

    /// <summary>It left, and no answer says what became of it: Meta may have accepted it.</summary>
    public sealed record Unanswered(string Reason) : GraphAnswer;
}

/// <summary>Graph's error object (WHATSAPP, section 10).</summary>
/// <param name="Code">What to decide by; null where the answer had none.</param>
/// <param name="Subcode">Old versions' finer code.</param>
/// <param name="Message">Its title, with the code in front.</param>
/// <param name="Details">error_data.details: what is wrong in this case.</param>
/// <param name="TraceId">fbtrace_id: what Meta's support asks for.</param>
public sealed record GraphError(int? Code, int? Subcode, string Message, string? Details, string? TraceId)
{
    /// <summary>Message and details as Meta said them.</summary>
    public string Text => Details is null || Message.Contains(Details, StringComparison.Ordinal) ? Message : $"{Message}: {Details}";

    /// <summary>The error of an answer; null where it has none in Graph's shape.</summary>
    /// <param name="accessToken">Taken out of the texts: Graph repeats a malformed token in its message.</param>
    internal static GraphError? Read(JsonElement answer, string accessToken)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object) return null;
        var code = Number(error, "code");
        var details = error.TryGetProperty("error_data", out var data) && data.ValueKind == JsonValueKind.Object ? String(data, "details") : null;
        return new GraphError(
            code, Number(error, "error_subcode"), Without(accessToken, String(error, "message")) ?? $"Error {code}",
            Without(accessToken, details), String(error, "fbtrace_id"));
    }

    private static string? Without(string accessToken, string? text)
        => accessToken.Length == 0 ? text : text?.Replace(accessToken, "…", StringComparison.Ordinal);

    private static string? String(JsonElement element, string name)
        => element.TryGetProperty(name, out var value) && value.MendedText() is { Length: > 0 } text ? text : null;

    private static int? Number(JsonElement element, string name) => !element.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out var number) => number,
        JsonValueKind.String when int.TryParse(value.TextOrNull(), out var number) => number,
        _ => null,
    };
}
