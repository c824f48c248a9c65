using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>An element of errors[] (support/error-codes): what counts is the code and the details, titles are to go.</summary>
internal sealed record WebhookError(string? Code, string Message)
{
    /// <summary>Null where it has neither code nor text.</summary>
    public static WebhookError? Of(JsonElement error)
    {
        var code = error.Id("code");
        var message = error.Get("error_data").Words("details") ?? error.Words("message") ?? error.Words("title");
        return code is null && message is null ? null : new(code, message ?? "");
    }
}
