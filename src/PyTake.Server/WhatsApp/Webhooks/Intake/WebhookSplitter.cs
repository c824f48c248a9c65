using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Splits the body of a webhook into single updates, each a webhook of its own.</summary>
internal static class WebhookSplitter
{
    /// <summary>The only object whose webhooks concern us (WHATSAPP, section 2).</summary>
    public const string Object = "whatsapp_business_account";

    // What the parser accepts by default, and thus the reader of stored updates too.
    private const int ReadableDepth = 64;

    // One update that is nested too deeply to be read must not fail the others. Still bounded, because parsing takes time in proportion to size
    // times depth.
    private const int SplittableDepth = 256;

    // Each update repeats what surrounds it, so a body crafted for that could grow without bound. Meta's largest, 3 MB, stays under 10 MB even if
    // it is a history of thousands of short messages.
    private const int LargestTotal = 16 << 20;

    /// <summary>
    /// The updates of one POST, in their order. Payloads are composed of unchanged slices of the body; if there is only one update, or the body
    /// cannot be split, the payload is the body itself and shares its memory. Never throws.
    /// </summary>
    /// <param name="body">The bytes that were signed.</param>
    /// <param name="receivedAt">When it was received, UTC.</param>
    /// <param name="traceParent">The trace of the request.</param>
    public static WebhookItem[] Split(byte[] body, DateTime receivedAt, string? traceParent)
    {
        WebhookItem template = new(null, 0, receivedAt, 0, "unreadable", null, traceParent, body, VouchedBy: null);
        return TrySplit(template, ReadableDepth)
            ?? TrySplit(template, SplittableDepth)
            ?? (NestedJson.Fold(body) is { } folded ? TrySplit(template with { Payload = folded }, NestedJson.FoldedDepth) : null)
            ?? [template];
    }

    private static WebhookItem[]? TrySplit(WebhookItem whole, int maxDepth)
    {
        try
        {
            using var document = JsonDocument.Parse(whole.Payload, new() { MaxDepth = maxDepth });
            return Split(document.RootElement, whole, isReadable: maxDepth <= ReadableDepth && whole.Payload.Length <= IncomingBodies.Large);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static WebhookItem[]? Split(JsonElement webhook, WebhookItem whole, bool isReadable)
    {
        if (webhook.Text("object") != Object) return null;
        var parts = WebhookPart.AllOf(webhook);
        return parts.Count switch
        {
            0 => null,
            1 => [Item(parts[0], whole, whole.Payload, isReadable)],
            _ => Compose(parts, whole, isReadable),
        };
    }

    // The update is read while its document is open, so that it is parsed once; but not those of a large body, which wait in memory to be stored.
    private static WebhookItem Item(WebhookPart part, WebhookItem whole, byte[] payload, bool isReadable)
    {
        var item = whole with { Partition = Partition(part), Kind = part.Kind, PhoneNumberId = part.Change.PhoneNumberId, WabaId = part.Change.WabaId, Payload = payload };
        return isReadable ? item with { Update = WebhookReader.Read(part, whole.ReceivedAt) } : item;
    }

    /// <summary>
    /// By the customer, or else by the number it concerns. An identity change goes into the partition of the new identity, so that it is
    /// processed before what the customer writes next.
    /// </summary>
    private static short Partition(WebhookPart part)
    {
        var customer = part.NewCustomer.Or(part.Customer).Or(CustomerKeys.OfContact(part.Change.ContactOf(part)));
        return (customer.PartitionKey ?? part.Change.PhoneNumberId) is { } key ? Partitions.Of(key) : (short)0;
    }

    private static WebhookItem[]? Compose(List<WebhookPart> parts, WebhookItem whole, bool isReadable)
    {
        var items = new WebhookItem[parts.Count];
        // As much as the largest needs, because a writer that grows leaves several times that to the collector.
        var payload = new ArrayBufferWriter<byte>(parts.Max(part => Raw(part.Item).Length) + 4096);
        var total = 0;
        for (var at = 0; at < items.Length; at++)
        {
            payload.ResetWrittenCount();
            WriteWebhook(payload, parts[at]);
            if ((total += payload.WrittenCount) > LargestTotal) return null;
            items[at] = Item(parts[at], whole, payload.WrittenSpan.ToArray(), isReadable);
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
        if (part.Change.IsNested) Open(to, part.Change.Value, WebhookChange.Standby);
        Open(to, part.Change.Holder, part.List, part.Change.ContactOf(part));
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
        to.Write(part.Change.IsNested ? "]}}}"u8 : "]}}"u8);
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
