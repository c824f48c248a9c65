using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>An element of errors[] (support/error-codes): code and details count; Meta is going to remove the titles.</summary>
internal sealed record WebhookError(string? Code, string Message)
{
    /// <summary>Null if it has neither code nor text.</summary>
    public static WebhookError? Of(JsonElement error)
    {
        var code = error.Id("code");
        var message = error.Get("error_data").Words("details") ?? error.Words("message") ?? error.Words("title");
        return code is null && message is null ? null : new(code, message ?? "");
    }
}
