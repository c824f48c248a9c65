using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>Where a customer came from: an advertisement or a post (WHATSAPP, section 3).</summary>
/// <param name="SourceType">ad or post.</param>
/// <param name="SourceId">Meta's id of the advertisement or post.</param>
/// <param name="MediaType">image or video.</param>
/// <param name="CtwaClid">The click's id, by which Meta's conversions are reported.</param>
/// <param name="At">When; only of a contact's first referral, since a message has its own time.</param>
public sealed record Referral(
    string? SourceType, string? SourceUrl, string? SourceId, string? Headline, string? Body, string? MediaType, string? CtwaClid,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? At = null)
{
    private const int Longest = 1000;

    /// <summary>As it is kept with the contact, whom every event of a conversation carries.</summary>
    internal Referral Shortened() => new(
        Short(SourceType), Short(SourceUrl), Short(SourceId), Short(Headline), Short(Body), Short(MediaType), Short(CtwaClid), At);

    private static string? Short(string? text)
        => text is not { Length: > Longest } ? text : text[..(char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest)];
}

/// <summary>A product in a catalog of the business.</summary>
public sealed record ReferredProduct(string? CatalogId, string? ProductRetailerId);

/// <summary>What became of the payment that an order message asks for (WHATSAPP, section 5).</summary>
/// <param name="Status">pending, captured, failed, or another word of Meta's.</param>
/// <param name="At">By Meta's clock.</param>
/// <param name="ReferenceId">The order's id, which the business chose.</param>
/// <param name="Amount">In units of the currency: 50.25.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Reason">Why it failed, in Meta's word.</param>
public sealed record Payment(string Status, DateTime At, string? ReferenceId, decimal? Amount, string? Currency, string? Reason)
{
    private bool IsPending => Status == "pending";

    /// <summary>Whether this is news beside what is known: Meta repeats and reorders, and nothing is pending in the second it was settled.</summary>
    public bool Follows(Payment? known) => known is null || At > known.At || (At == known.At && this != known && (!IsPending || known.IsPending));
}

/// <summary>What Meta charges for a message.</summary>
/// <param name="Category">marketing, utility, service and others (WHATSAPP, section 5).</param>
/// <param name="Billable">Null where Meta does not say.</param>
public sealed record Pricing(string Category, bool? Billable);

/// <summary>
/// Reads what <see cref="Message.Meta"/> holds, in the shape that clients get. Messages from before a fact had a field have it as well, because
/// what Meta sends is stored as it came.
/// </summary>
internal static class MessageFacts
{
    private const string OfPayment = "payment";

    public static Referral? Referral(RawJson? meta) => Read(meta, "referral", referral => new Referral(
        referral.Text("source_type"), referral.Text("source_url"), referral.Text("source_id"), referral.Text("headline"), referral.Text("body"),
        referral.Text("media_type"), referral.Text("ctwa_clid")));

    public static RawJson? Forwarded(RawJson? meta) => Read(meta, "context", context =>
        context.IsTrue("frequently_forwarded") ? new RawJson("\"many\"")
        : context.IsTrue("forwarded") ? new RawJson("true")
        : (RawJson?)null);

    public static ReferredProduct? ReferredProduct(RawJson? meta) => Read(meta, "context", context =>
        context.Object("referred_product") is { } product ? new ReferredProduct(product.Text("catalog_id"), product.Text("product_retailer_id")) : null);

    // A member of this name in what Meta sent with a message would have another shape, and is not read.
    public static Payment? Payment(RawJson? meta) => Read(meta, OfPayment, payment =>
        payment.Text("status") is { } status && payment.TryGetProperty("at", out var at) && at.ValueKind == JsonValueKind.String && at.TryGetDateTimeOffset(out var time)
            ? new Payment(status, time.UtcDateTime, payment.Text("reference_id"), Amount(payment), payment.Text("currency"), payment.Text("reason"))
            : null);

    // Meta's conversation and pricing are stored together.
    public static Pricing? Pricing(RawJson? meta) => Read(meta, "pricing", charged =>
        charged.Object("pricing") is { } pricing && pricing.Text("category") is { } category ? new Pricing(category, IsBillable(pricing)) : null);

    /// <summary>The message with the news of its payment.</summary>
    public static Message With(this Message message, Payment payment)
    {
        var meta = message.Meta is { } known ? JsonNode.Parse(known.Text)!.AsObject() : [];
        meta[OfPayment] = JsonSerializer.SerializeToNode(payment, Wire.Options);
        return message with { Meta = RawJson.Of(meta) };
    }

    private static decimal? Amount(JsonElement payment)
        => payment.TryGetProperty("amount", out var amount) && amount.ValueKind == JsonValueKind.Number && amount.TryGetDecimal(out var value) ? value : null;

    // "billable" is going away, and the type says the same: regular, or one of several that are free.
    private static bool? IsBillable(JsonElement pricing)
        => pricing.TryGetProperty("billable", out var billable) && billable.ValueKind is JsonValueKind.True or JsonValueKind.False ? billable.GetBoolean()
        : pricing.Text("type") is { } type ? type == "regular"
        : null;

    private static T? Read<T>(RawJson? meta, string name, Func<JsonElement, T?> read)
    {
        // Few messages have any of it: the text of the others is not parsed.
        if (meta is not { } known || !known.Text.Contains($"\"{name}\":", StringComparison.Ordinal)) return default;
        using var document = known.Parse();
        return document.RootElement.Object(name) is { } value ? read(value) : default;
    }

    private static JsonElement? Object(this JsonElement element, string name)
        => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static bool IsTrue(this JsonElement element, string name)
        => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(this JsonElement element, string name) => !element.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.TextOrNull(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}
