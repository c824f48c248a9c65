using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;
using PyTake.Simulator.Threads;
using PyTake.Simulator.Webhooks;

namespace PyTake.Simulator.Control;

/// <summary>
/// Somebody gets or loses a customer's thread: <c>Owner</c> is <c>app</c> or a role of Meta's, such as <c>ai_agent</c>. What the app is
/// told of by <c>messaging_handovers</c>, it is told; with <c>Quiet</c> it finds out by the copies that it gets.
/// </summary>
public sealed record OwnerRequest(
    string From, string Owner, string? PhoneNumberId = null, string? Metadata = null, string? Summary = null, bool Quiet = false) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Recipient.PhoneNumber().IsMatch(From.TrimStart('+')))
            yield return new("from must be a phone number in digits", ["from"]);
        if (Owner.Length == 0)
            yield return new("owner must be app or a role", ["owner"]);
    }
}

/// <summary>Whoever has the customer's thread writes to them: <c>Message</c> is a request to send, without its recipient.</summary>
public sealed record EchoRequest(string To, JsonElement Message, string? PhoneNumberId = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Recipient.PhoneNumber().IsMatch(To.TrimStart('+')))
            yield return new("to must be a phone number in digits", ["to"]);
        if (string.IsNullOrEmpty(Message.Text("type")))
            yield return new("message must be an object with a type", ["message"]);
    }
}

/// <summary>The webhook's HTTP status; null where it did not answer or was not called.</summary>
internal sealed record RoutingResult(int? Status, string? Wamid = null);

/// <summary>Does what others who answer for a number do, and tells the app as Meta does.</summary>
internal sealed class Routing(
    WebhookSender webhook, CustomerBook customers, BusinessNumbers numbers, ThreadOwners owners, TimeProvider time)
{
    public async Task<RoutingResult> ChangeAsync(OwnerRequest request)
    {
        var (number, customer) = (numbers.Get(request.PhoneNumberId), request.From.TrimStart('+'));
        var before = owners.Of(number, customer);
        customers.Remember(new Customer(customer, null, null));
        owners.Set(number, customer, request.Owner);
        // Only the app's own gain or loss concerns it.
        if (request.Quiet || before == request.Owner || (before != ThreadOwners.App && request.Owner != ThreadOwners.App))
            return new(null);
        return new(await webhook.SendAsync(WebhookBody.OfHandover(
            number, customer, isPassed: request.Owner == ThreadOwners.App, before == ThreadOwners.App ? "customer_service" : before,
            request.Owner == ThreadOwners.App ? "escalation" : request.Owner, request.Metadata, request.Summary, time.GetUtcNow())));
    }

    public async Task<RoutingResult> EchoAsync(EchoRequest request)
    {
        var (number, customer) = (numbers.Get(request.PhoneNumberId), request.To.TrimStart('+'));
        var wamid = Wamid.Inbound(customer);
        var message = new Dictionary<string, JsonElement> { ["messaging_product"] = JsonSerializer.SerializeToElement("whatsapp") };
        foreach (var member in request.Message.EnumerateObject())
            message[member.Name] = member.Value;
        message["to"] = JsonSerializer.SerializeToElement(customer);
        return new(await webhook.SendAsync(WebhookBody.OfEcho(number, wamid, message, time.GetUtcNow())), wamid);
    }
}
