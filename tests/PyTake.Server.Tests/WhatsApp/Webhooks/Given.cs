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

    public static IReadOnlyList<NewItem> Items(string fixture) => WebhookSplitter.Split(Fixture.Load(fixture).Body);

    /// <summary>All updates of a fixture, split and read.</summary>
    public static IReadOnlyList<WebhookUpdate> Updates(string fixture) => [.. Items(fixture).Select(Read)];

    /// <summary>The one update of a fixture.</summary>
    public static T Update<T>(string fixture) where T : WebhookUpdate => Assert.IsType<T>(Assert.Single(Updates(fixture)));

    public static WebhookUpdate Read(NewItem item) => WebhookReader.Read(item.Payload, ReceivedAt);

    public static WebhookUpdate Read(string webhook) => WebhookReader.Read(Encoding.UTF8.GetBytes(webhook), ReceivedAt);

    /// <summary>A webhook with this element in a list of its value.</summary>
    public static string Webhook(string element, string list = "messages", string field = "messages") => $$$"""
        {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"{{{field}}}","value":{"metadata":{"phone_number_id":"{{{Number}}}"},"{{{list}}}":[{{{element}}}]}}]}]}
        """;
}
