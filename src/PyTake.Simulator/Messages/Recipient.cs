using System.Text.Json;
using System.Text.RegularExpressions;
using PyTake.Simulator.Customers;

namespace PyTake.Simulator.Messages;

/// <summary>
/// The recipient of a request: a phone number in <c>to</c>, a business-scoped user id in <c>recipient</c>, or a group.
/// <c>Input</c> is what the request said; <c>WaId</c> and <c>UserId</c> are WhatsApp's own ids.
/// </summary>
internal sealed partial record Recipient(string Input, string? WaId, string? UserId, bool IsGroup)
{
    public string Id => WaId ?? UserId ?? Input;

    /// <summary>The recipient of a request; null if it names none, or one in an invalid form.</summary>
    public static Recipient? Of(JsonElement body, CustomerBook customers)
    {
        var to = body.Text("to");
        if (body.Text("recipient_type") == "group")
            return to is null ? null : new(to, null, null, IsGroup: true);
        // Where both are given, the phone number wins.
        return to is not null ? ByPhone(to, customers) : ByUserId(body.Text("recipient"), customers);
    }

    /// <summary>A phone number as WhatsApp writes it: its digits.</summary>
    public static string Digits(string phone) => Punctuation().Replace(phone, "");

    private static Recipient? ByPhone(string to, CustomerBook customers)
    {
        var digits = Digits(to);
        if (!PhoneNumber().IsMatch(digits))
            return null;
        var customer = customers.FindNumber(digits);
        return new(to, customer?.WaId ?? digits, customer?.UserId, IsGroup: false);
    }

    private static Recipient? ByUserId(string? userId, CustomerBook customers) =>
        userId is not null && UserIdFormat().IsMatch(userId)
            ? new(userId, customers.Find(userId)?.WaId, userId, IsGroup: false)
            : null;

    [GeneratedRegex(@"[+\s().-]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"^[0-9]{7,15}\z")]
    public static partial Regex PhoneNumber();

    [GeneratedRegex(@"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}\z")]
    public static partial Regex UserIdFormat();
}
