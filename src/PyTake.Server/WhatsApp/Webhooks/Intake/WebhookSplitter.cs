using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Splits the body of a webhook into single updates, each a webhook of its own.</summary>
public static class WebhookSplitter
{
    /// <summary>The only object whose webhooks concern us (WHATSAPP, section 2).</summary>
    internal const string Object = "whatsapp_business_account";

    // Each update repeats what surrounds it, so a body crafted for that could grow without bound. Meta's largest, 3 MB, stays under 10 MB even if
    // it is a history of thousands of short messages.
    private const int LargestTotal = 16 << 20;

    /// <summary>
    /// The updates of one POST, in their order. Payloads are composed of unchanged slices of the body; if there is only one update, or the body
    /// cannot be split, the payload is the body itself and shares its memory. Never throws.
    /// </summary>
    /// <param name="body">The bytes that were signed.</param>
    public static IReadOnlyList<NewItem> Split(ReadOnlyMemory<byte> body)
    {
        // Deeper than the reader accepts, so that one update that is nested too deeply does not fail the others. Still bounded, because parsing
        // takes time in proportion to size times depth.
        return TrySplit(body, maxDepth: 256) ?? (NestedJson.Fold(body) is { } folded ? TrySplit(folded, NestedJson.FoldedDepth) : null) ?? Unreadable(body);
    }

    private static NewItem[]? TrySplit(ReadOnlyMemory<byte> body, int maxDepth)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new() { MaxDepth = maxDepth });
            return Split(document.RootElement, body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static NewItem[] Unreadable(ReadOnlyMemory<byte> body) => [new(0, "unreadable", null, body)];

    private static NewItem[]? Split(JsonElement webhook, ReadOnlyMemory<byte> body)
    {
        if (webhook.Text("object") != Object) return null;
        var parts = WebhookPart.AllOf(webhook);
        return parts.Count switch
        {
            0 => null,
            1 => [Item(parts[0], body)],
            _ => Compose(parts),
        };
    }

    private static NewItem Item(WebhookPart part, ReadOnlyMemory<byte> payload)
        => new(Partition(part), part.Kind, part.Change.PhoneNumberId, payload);

    /// <summary>
    /// By the customer, or else by the number it concerns. An identity change goes into the partition of the new identity, so that it is
    /// processed before what the customer writes next.
    /// </summary>
    private static short Partition(WebhookPart part)
    {
        var customer = part.NewCustomer.Or(part.Customer).Or(CustomerKeys.OfContact(part.Change.ContactOf(part)));
        return (customer.PartitionKey ?? part.Change.PhoneNumberId) is { } key ? Partitions.Of(key) : (short)0;
    }

    private static NewItem[]? Compose(List<WebhookPart> parts)
    {
        var items = new NewItem[parts.Count];
        var payload = new ArrayBufferWriter<byte>(4096);
        var total = 0;
        for (var at = 0; at < items.Length; at++)
        {
            payload.ResetWrittenCount();
            WriteWebhook(payload, parts[at]);
            if ((total += payload.WrittenCount) > LargestTotal) return null;
            items[at] = Item(parts[at], payload.WrittenSpan.ToArray());
        }
        return items;
    }

    private static void WriteWebhook(ArrayBufferWriter<byte> to, WebhookPart part)
    {
        var change = part.Change;
        Open(to, change.Webhook, "entry");
        to.Write("["u8);
        if (change.Element.ValueKind == JsonValueKind.Undefined) to.Write(Raw(change.Entry));
        else
        {
            Open(to, change.Entry, "changes");
            to.Write("["u8);
            WriteChange(to, part);
            to.Write("]}"u8);
        }
        to.Write("]}"u8);
    }

    private static void WriteChange(ArrayBufferWriter<byte> to, WebhookPart part)
    {
        if (part.List is null)
        {
            to.Write(Raw(part.Item));
            return;
        }
        Open(to, part.Change.Element, "value");
        Open(to, part.Change.Value, part.List, part.Change.ContactOf(part));
        to.Write("["u8);
        if (part.Thread.ValueKind == JsonValueKind.Undefined) to.Write(Raw(part.Item));
        else
        {
            Open(to, part.Chunk, "threads");
            to.Write("["u8);
            Open(to, part.Thread, "messages");
            to.Write("["u8);
            to.Write(Raw(part.Item));
            to.Write("]}]}"u8);
        }
        to.Write("]}}"u8);
    }

    /// <summary>Writes an object up to the value of its member <paramref name="last"/>, with all other members before it.</summary>
    private static void Open(ArrayBufferWriter<byte> to, JsonElement element, string last)
    {
        to.Write("{"u8);
        foreach (var member in element.EnumerateObject())
            if (!member.Is(last)) Write(to, member);
        WriteName(to, last);
    }

    /// <summary>The same for a change's value: without its other updates, and with only this one's contact.</summary>
    private static void Open(ArrayBufferWriter<byte> to, JsonElement value, string list, JsonElement contact)
    {
        to.Write("{"u8);
        foreach (var member in value.EnumerateObject())
            if (!member.Is("contacts") && !IsList(member)) Write(to, member);
        if (contact.ValueKind != JsonValueKind.Undefined)
        {
            WriteName(to, "contacts");
            to.Write("["u8);
            to.Write(Raw(contact));
            to.Write("],"u8);
        }
        WriteName(to, list);
    }

    private static bool IsList(JsonProperty member)
    {
        foreach (var list in WebhookPart.Lists)
            if (member.Is(list)) return true;
        return false;
    }

    private static void Write(ArrayBufferWriter<byte> to, JsonProperty member)
    {
        to.Write("\""u8);
        to.Write(JsonMarshal.GetRawUtf8PropertyName(member));
        to.Write("\":"u8);
        to.Write(Raw(member.Value));
        to.Write(","u8);
    }

    private static void WriteName(ArrayBufferWriter<byte> to, string name)
    {
        to.Write("\""u8);
        to.Advance(Encoding.ASCII.GetBytes(name, to.GetSpan(name.Length)));
        to.Write("\":"u8);
    }

    private static ReadOnlySpan<byte> Raw(JsonElement element) => JsonMarshal.GetRawUtf8Value(element);
}
