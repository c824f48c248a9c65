using System.Text;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Shared by the tests of splitting and reading.</summary>
internal static class Given
{
    public const string Number = Fixture.PhoneNumberId;

    /// <summary>Later than every time in the fixtures, except in the case where Meta's time is in our future.</summary>
    public static readonly DateTime ReceivedAt = new(2026, 6, 15, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>The time that the fixtures count from: 1780000000.</summary>
    public static readonly DateTime Start = new(2026, 5, 28, 20, 26, 40, DateTimeKind.Utc);

    public static IReadOnlyList<WebhookItem> Items(string fixture) => Split(Fixture.Load(fixture).Body);

    public static IReadOnlyList<WebhookItem> Split(byte[] body) => WebhookSplitter.Split(body, ReceivedAt, null);

    public static IReadOnlyList<WebhookItem> Split(string body) => Split(Encoding.UTF8.GetBytes(body));

    /// <summary>All updates of a fixture, split and read.</summary>
    public static IReadOnlyList<WebhookUpdate> Updates(string fixture) => [.. Items(fixture).Select(Read)];

    /// <summary>The one update of a fixture.</summary>
    public static T Update<T>(string fixture) where T : WebhookUpdate => Assert.IsType<T>(Assert.Single(Updates(fixture)));

    /// <summary>What an item says, which must not depend on whether it is read from the whole webhook or from the payload that is stored.</summary>
    public static WebhookUpdate Read(WebhookItem item)
    {
        var stored = WebhookReader.Read(item.Payload, ReceivedAt);
        Assert.Equal(stored, item.Update);
        return stored;
    }

    public static WebhookUpdate Read(string webhook) => WebhookReader.Read(Encoding.UTF8.GetBytes(webhook), ReceivedAt);

    /// <summary>A webhook with this element in a list of its value.</summary>
    public static string Webhook(string element, string list = "messages", string field = "messages") => $$$"""
        {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"{{{field}}}","value":{"metadata":{"phone_number_id":"{{{Number}}}"},"{{{list}}}":[{{{element}}}]}}]}]}
        """;
}
