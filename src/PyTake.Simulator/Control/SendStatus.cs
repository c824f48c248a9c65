using System.ComponentModel.DataAnnotations;
using PyTake.Simulator.Messages;
using PyTake.Simulator.Phone;
using PyTake.Simulator.Webhooks;

namespace PyTake.Simulator.Control;

/// <summary>A status of a message that was sent. One that failed without an error gets 131026, undeliverable.</summary>
public sealed record StatusRequest(string Wamid, string Status, StatusError[]? Errors = null) : IValidatableObject
{
    private static readonly string[] Words = ["sent", "delivered", "read", "played", "failed", "deleted", "warning"];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Words.Contains(Status))
            yield return new($"status must be one of {string.Join(", ", Words)}", ["status"]);
        if (Errors?.Contains(null) == true)
            yield return new("errors must be objects with a code", ["errors"]);
    }
}

/// <summary>The webhook's HTTP status, null where it did not answer.</summary>
internal sealed record StatusResult(string Wamid, int? Status);

internal sealed class SendStatus(SentLog sent, WebhookSender webhook, PhoneLog log, TimeProvider time)
{
    /// <summary>Posts the status at once; null where no such message was accepted here.</summary>
    public async Task<StatusResult?> RunAsync(StatusRequest request)
    {
        if (sent.Find(request.Wamid) is not { } message)
            return null;
        var errors = request.Errors ?? (request.Status == "failed" ? [new StatusError { Code = 131026 }] : null);
        log.Add(new("status") { Wamid = message.Wamid, Status = request.Status });
        var body = WebhookBody.OfStatus(message, request.Status, time.GetUtcNow(), errors);
        return new(request.Wamid, await webhook.SendAsync(body));
    }
}
