using System.Text.Json;
using System.Text.Json.Serialization;
using PyTake.Simulator.Control;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Phone;
using PyTake.Simulator.Templates;
using PyTake.Simulator.Threads;
using PyTake.Simulator.Webhooks;

namespace PyTake.Simulator.Messages;

/// <summary>Handles a request to <c>/messages</c>: to send a message, or to mark a customer's message as read.</summary>
internal sealed class AcceptMessage(
    GraphAccess access,
    Rules rules,
    MessageCheck check,
    SentLog sent,
    CustomerBook customers,
    BusinessNumbers numbers,
    TemplateCatalog templates,
    ThreadOwners owners,
    AutoStatuses statuses,
    PhoneLog log,
    TimeProvider time,
    IHostApplicationLifetime lifetime)
{
    /// <summary>
    /// Decides the outcome when the request arrives and lists both, so that a test sees the wamid (and can send statuses
    /// for it) before the response is sent. A delayed request is completed even if the client has given up: that is the
    /// sender's hard case, a timeout for a message that was accepted.
    /// </summary>
    public async Task<IResult> RunAsync(string phoneNumberId, HttpRequest request, JsonElement body)
    {
        var number = numbers.Get(phoneNumberId);
        var recipient = MessageCheck.IsMarkAsRead(body) ? null : Recipient.Of(body, customers);
        var allowed = access.Allows(request);
        var rule = allowed && recipient is not null ? rules.Take(recipient) : null;
        var refusal = !allowed
            ? GraphError.BadToken.ToResult()
            : rule?.Refusal ?? check.Run(body, recipient)?.ToResult();
        var message = refusal is null && recipient is not null
            ? OutboundMessage.From(body, number, recipient, templates)
            : null;
        sent.Add(number, body, message);
        // Whoever answers has the thread; a template needs it not and takes it not.
        if (message is { Type: not "template" })
            owners.Set(number, message.Recipient.Id, ThreadOwners.App);

        if (rule is { DelayMs: > 0 })
            await Task.Delay(TimeSpan.FromMilliseconds(rule.DelayMs), time, lifetime.ApplicationStopping);
        if (refusal is null)
            Show(number, body, message);
        if (message is not null)
            statuses.Start(message);
        return refusal ?? (message is null ? TypedResults.Ok(new { Success = true }) : Accepted(message));
    }

    private void Show(BusinessNumber number, JsonElement body, OutboundMessage? message)
    {
        if (message is null)
        {
            log.Add(new("read")
            {
                PhoneNumberId = number.Id,
                Wamid = body.Text("message_id"),
                Typing = body.Member("typing_indicator") is not null,
            });
            return;
        }
        var to = message.Recipient;
        log.Add(new("answer")
        {
            PhoneNumberId = number.Id,
            Customer = customers.Find(to.Id) ?? new Customer(to.WaId ?? (to.UserId is null ? to.Input : null), to.UserId, null),
            Wamid = message.Wamid,
            Message = body,
        });
    }

    private static IResult Accepted(OutboundMessage message) => TypedResults.Ok(new
    {
        MessagingProduct = "whatsapp",
        Contacts = new[] { new Contact(message.Recipient.Input, message.Recipient.WaId, message.Recipient.UserId) },
        Messages = new[] { new Identity(message.Wamid, message.Type == "template" ? "accepted" : null) },
    });

    private sealed record Contact(
        string Input,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? WaId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? UserId);

    private sealed record Identity(
        string Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? MessageStatus);
}
