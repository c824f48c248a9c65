using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;
using PyTake.Simulator.Phone;
using PyTake.Simulator.Threads;
using PyTake.Simulator.Webhooks;

namespace PyTake.Simulator.Control;

/// <summary>
/// A customer writes: <c>Message</c> is in Meta's shape; its id, timestamp and sender are filled in where they are
/// missing. A customer who hides their phone number has only a <c>UserId</c>.
/// </summary>
public sealed record InboundRequest(
    JsonElement Message,
    string? From = null,
    string? Name = null,
    string? PhoneNumberId = null,
    string? UserId = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (From is null && UserId is null)
            yield return new("from is missing (or user_id, for a customer who hides their number)", ["from"]);
        if (From is not null && !Recipient.PhoneNumber().IsMatch(From.TrimStart('+')))
            yield return new("from must be a phone number in digits", ["from"]);
        if (PhoneNumberId is not null && !PhoneNumberId.All(char.IsAsciiDigit))
            yield return new("phone_number_id must be digits", ["phone_number_id"]);
        if (UserId is not null && !Recipient.UserIdFormat().IsMatch(UserId))
            yield return new("user_id must look like BR.1a2b", ["user_id"]);
        if (string.IsNullOrEmpty(Message.Text("type")))
            yield return new("message must be an object with a type", ["message"]);
        foreach (var name in (string[])["id", "timestamp"])
        {
            if (Message.Member(name) is { ValueKind: not JsonValueKind.String })
                yield return new($"message.{name} must be a string", ["message"]);
        }
    }
}

/// <summary>The message's id, and the webhook's HTTP status, null where it did not answer.</summary>
internal sealed record InboundResult(string Wamid, int? Status);

internal sealed class ReceiveInbound(
    WebhookSender webhook, CustomerBook customers, BusinessNumbers numbers, ThreadOwners owners, PhoneLog log, TimeProvider time)
{
    private static readonly JsonSerializerOptions Verbatim = new() { Converters = { new VerbatimJson() } };

    public async Task<InboundResult> RunAsync(InboundRequest request)
    {
        var shown = new Customer(request.From?.TrimStart('+'), request.UserId, request.Name);
        customers.Remember(shown);
        var message = Complete(request.Message, shown);
        // The name is always included, an id only if the request has it: tests vary which of the two ids is seen first.
        var customer = shown with { Name = shown.Name ?? customers.Find(shown.Id)?.Name };
        var (number, wamid) = (numbers.Get(request.PhoneNumberId), message["id"].GetString()!);
        log.Add(new("message")
        {
            PhoneNumberId = number.Id,
            Customer = customers.Find(customer.Id),
            Wamid = wamid,
            Message = JsonSerializer.SerializeToElement(message, Verbatim),
        });
        var body = WebhookBody.OfMessage(
            number, customer, CustomerSide.Of(message, number, customers.Find(customer.Id)!), isCopy: owners.Of(number, shown.Id) != ThreadOwners.App);
        var status = await webhook.SendAsync(body);
        log.Add(new("posted") { Wamid = wamid, Status = status?.ToString(CultureInfo.InvariantCulture) });
        return new(wamid, status);
    }

    private OrderedDictionary<string, JsonElement> Complete(JsonElement given, Customer shown)
    {
        var message = new OrderedDictionary<string, JsonElement>();
        foreach (var member in given.EnumerateObject())
            message[member.Name] = member.Value;
        Fill(message, "from", shown.WaId);
        Fill(message, "from_user_id", shown.UserId);
        Fill(message, "id", Wamid.Inbound(shown.Id));
        Fill(message, "timestamp", WebhookBody.Seconds(time.GetUtcNow()));
        return message;
    }

    private static void Fill(OrderedDictionary<string, JsonElement> message, string name, string? value)
    {
        if (value is not null && (!message.TryGetValue(name, out var given) || given.ValueKind == JsonValueKind.Null))
            message[name] = JsonSerializer.SerializeToElement(value);
    }
}
