using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Webhooks;

/// <summary>What Meta posts to a webhook (its webhook reference): the exact bytes, which are then signed.</summary>
internal static class WebhookBody
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new VerbatimJson() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A customer's message, in Meta's shape already.</summary>
    /// <param name="isCopy">Somebody else answers: the app only gets a copy, on <c>standby</c>.</param>
    public static byte[] OfMessage(
        BusinessNumber number, Customer customer, IReadOnlyDictionary<string, JsonElement> message, bool isCopy = false)
    {
        // A system message comes from WhatsApp itself, so there is no contact.
        Contact[]? contacts = message["type"].ValueEquals("system") ? null : [Contact.Of(customer)];
        return isCopy
            ? Write(number, new { MessagingProduct, Metadata = Metadata.Of(number), Standby = new { contacts, messages = new[] { message } } }, "standby")
            : Write(number, new Value(Metadata.Of(number)) { Contacts = contacts, Messages = [message] });
    }

    /// <summary>A copy of what somebody else sent to the customer: the request by which they sent it.</summary>
    public static byte[] OfEcho(
        BusinessNumber number, string wamid, IReadOnlyDictionary<string, JsonElement> message, DateTimeOffset at) =>
        Write(number, new
        {
            MessagingProduct,
            Metadata = Metadata.Of(number),
            Standby = new { MessageEchoes = new[] { new { Id = wamid, Timestamp = Seconds(at), Message = message } } },
        }, "standby");

    /// <summary>The app got the thread (passed) or lost it (taken).</summary>
    public static byte[] OfHandover(
        BusinessNumber number, string customer, bool isPassed, string from, string to, string? metadata, string? summary, DateTimeOffset at)
    {
        var handover = new
        {
            PreviousOwnerRole = from,
            NewOwnerRole = to,
            Metadata = metadata,
            ConversationContext = summary is null ? null : new { Type = "summary", Summary = new { Text = summary } },
        };
        return Write(number, new
        {
            MessagingProduct,
            Sender = new { PhoneNumber = customer },
            Recipient = Metadata.Of(number),
            Timestamp = Seconds(at),
            Type = isPassed ? "control_passed" : "control_taken",
            ControlPassed = isPassed ? handover : null,
            ControlTaken = isPassed ? null : handover,
        }, "messaging_handovers");
    }

    /// <summary>A status of a message that was sent; the errors are those of a failed one.</summary>
    public static byte[] OfStatus(
        OutboundMessage message, string status, DateTimeOffset at, IReadOnlyList<StatusError>? errors)
    {
        var to = message.Recipient;
        var billed = status is "sent" or "delivered";
        return Write(message.Number, new Value(Metadata.Of(message.Number))
        {
            Contacts = to.IsGroup || status == "failed" ? null : [new Contact(null, to.WaId, to.UserId)],
            Statuses =
            [
                new Status(message.Wamid, status, Seconds(at), to.IsGroup ? to.Input : to.WaId)
                {
                    RecipientUserId = to.UserId,
                    RecipientType = to.IsGroup ? "group" : null,
                    BizOpaqueCallbackData = message.CallbackData,
                    Conversation = billed ? Conversation.Of(message, status == "sent" ? at.AddDays(1) : null) : null,
                    Pricing = billed ? Pricing.Of(message) : null,
                    Errors = errors,
                },
            ],
        });
    }

    /// <summary>A time as WhatsApp writes it: seconds since 1970, as a string.</summary>
    public static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private const string MessagingProduct = "whatsapp";

    private static byte[] Write<T>(BusinessNumber number, T value, string field = "messages") =>
        MetaJson.Escape(JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Object = "whatsapp_business_account",
                Entry = new[] { new { Id = number.AccountId, Changes = new[] { new { Value = value, Field = field } } } },
            },
            Json));

    private sealed record Value(Metadata Metadata)
    {
        [JsonPropertyOrder(-1)]
        public string MessagingProduct => "whatsapp";
        public Contact[]? Contacts { get; init; }
        public IReadOnlyDictionary<string, JsonElement>[]? Messages { get; init; }
        public Status[]? Statuses { get; init; }
    }

    private sealed record Metadata(string DisplayPhoneNumber, string PhoneNumberId)
    {
        public static Metadata Of(BusinessNumber number) => new(number.DisplayPhoneNumber, number.Id);
    }

    private sealed record Contact(Profile? Profile, string? WaId, string? UserId)
    {
        public static Contact Of(Customer customer) =>
            new(customer.Name is null ? null : new(customer.Name), customer.WaId, customer.UserId);
    }

    private sealed record Profile(string Name);

    private sealed record Status(
        string Id, [property: JsonPropertyName("status")] string Word, string Timestamp, string? RecipientId)
    {
        public string? RecipientUserId { get; init; }
        public string? RecipientType { get; init; }
        public string? BizOpaqueCallbackData { get; init; }
        public Conversation? Conversation { get; init; }
        public Pricing? Pricing { get; init; }
        public IReadOnlyList<StatusError>? Errors { get; init; }
    }

    private sealed record Conversation(string Id, string? ExpirationTimestamp, Origin Origin)
    {
        /// <summary>One for each number, recipient and category; only <c>sent</c> says when it ends.</summary>
        public static Conversation Of(OutboundMessage message, DateTimeOffset? end)
        {
            var key = $"{message.Number.Id}/{message.Recipient.Id}/{message.Category}";
            var id = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(key)));
            return new(id, end is { } at ? Seconds(at) : null, new(message.Category));
        }
    }

    private sealed record Origin(string Type);

    private sealed record Pricing(bool Billable, string PricingModel, string Type, string Category)
    {
        public static Pricing Of(OutboundMessage message) => message.Category == "service"
            ? new(false, "PMP", "free_customer_service", message.Category)
            : new(true, "PMP", "regular", message.Category);
    }
}
