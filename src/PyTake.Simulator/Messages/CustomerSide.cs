using System.Text.Json;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Messages;

/// <summary>
/// A customer's message as the customer's phone writes it: the messages that it answers, reacts to, edits or deletes have
/// other ids there than the company knows. The page and tests name them by the company's.
/// </summary>
internal static class CustomerSide
{
    private static readonly JsonSerializerOptions Verbatim = new() { Converters = { new VerbatimJson() } };

    private static readonly (string Object, string Member)[] Named =
        [("context", "id"), ("reaction", "message_id"), ("edit", "original_message_id"), ("revoke", "original_message_id")];

    public static IReadOnlyDictionary<string, JsonElement> Of(
        OrderedDictionary<string, JsonElement> message, BusinessNumber number, Customer customer)
    {
        var written = new OrderedDictionary<string, JsonElement>(message);
        foreach (var (name, member) in Named)
        {
            if (!message.TryGetValue(name, out var content) || content.Text(member) is not { } wamid)
                continue;
            var other = Wamid.OtherSide(wamid, PartiesOf(number, customer));
            if (other != wamid)
                written[name] = With(content, member, other);
        }
        return written;
    }

    private static JsonElement With(JsonElement content, string member, string wamid)
    {
        var members = new OrderedDictionary<string, JsonElement>();
        foreach (var each in content.EnumerateObject())
            members[each.Name] = each.Value;
        members[member] = JsonSerializer.SerializeToElement(wamid);
        return JsonSerializer.SerializeToElement(members, Verbatim);
    }

    private static string[] PartiesOf(BusinessNumber number, Customer customer) =>
        [.. new[] { customer.UserId, Recipient.Digits(number.DisplayPhoneNumber), customer.WaId }.OfType<string>()];
}
