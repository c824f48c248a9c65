using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp;

/// <summary>The outcome of a request to the Graph API.</summary>
public abstract record GraphAnswer
{
    /// <summary>Meta accepted it.</summary>
    /// <param name="Id">Meta's id for it: a wamid for a message.</param>
    /// <param name="WaId">For a message: the customer's number in WhatsApp's spelling, digits; null if Meta does not show it.</param>
    /// <param name="UserId">For a message: the customer's business-scoped user id; null if Meta does not name it.</param>
    public sealed record Accepted(string Id, string? WaId = null, string? UserId = null) : GraphAnswer;

    /// <summary>Meta refused it, and it had no effect.</summary>
    public sealed record Refused(int HttpStatus, GraphError Error) : GraphAnswer;

    /// <summary>It was not sent, so it is safe to retry.</summary>
    public sealed record NotSent(string Reason) : GraphAnswer;

    /// <summary>It was sent and its outcome is unknown: Meta may have accepted it.</summary>
    public sealed record Unanswered(string Reason) : GraphAnswer;
}

/// <summary>Graph's error object (WHATSAPP, section 10).</summary>
/// <param name="Code">The code to decide by; null if the answer had none.</param>
/// <param name="Subcode">A finer code, which only old API versions send.</param>
/// <param name="Message">Its title, with the code in front.</param>
/// <param name="Details">error_data.details: what is wrong in this case.</param>
/// <param name="TraceId">fbtrace_id: what Meta's support asks for.</param>
public sealed record GraphError(int? Code, int? Subcode, string Message, string? Details, string? TraceId)
{
    /// <summary>Message and details in Meta's words.</summary>
    public string Text => Details is null || Message.Contains(Details, StringComparison.Ordinal) ? Message : $"{Message}: {Details}";

    /// <summary>Reads the error of an answer; null if it has none in Graph's format.</summary>
    /// <param name="accessToken">Removed from the texts, because Graph repeats a malformed token in its message.</param>
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
