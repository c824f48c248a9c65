using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PyTake.Harness;

/// <summary>Builds webhook requests as Meta sends them, signed with the app secret.</summary>
/// <param name="number">The number that <see cref="Text"/> addresses, and the secret.</param>
public sealed class Webhook(Uri baseUrl, ClusterWhatsApp number)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly Uri _uri = new(baseUrl, "/api/v1/whatsapp/webhook");

    /// <summary>One text message.</summary>
    /// <param name="customer">The customer's number, digits only.</param>
    /// <param name="wamid">WhatsApp's id of the message.</param>
    public HttpRequestMessage Text(string customer, string wamid, string text) => Request(Encoding.UTF8.GetBytes(TextBody(customer, wamid, text)));

    /// <summary>A signed request with this body.</summary>
    public HttpRequestMessage Request(byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _uri)
        {
            Version = HttpVersion.Version11,
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
        };
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", SignatureOf(body, number.AppSecret));
        return request;
    }

    /// <summary>The value of the header X-Hub-Signature-256, computed over the body's exact bytes.</summary>
    public static string SignatureOf(byte[] body, string secret) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>A body with these messages (each in Meta's shape) for one number.</summary>
    public static byte[] Body(string phoneNumberId, params JsonNode[] messages) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["object"] = "whatsapp_business_account",
        ["entry"] = new JsonArray(new JsonObject
        {
            ["id"] = "990011",
            ["changes"] = new JsonArray(new JsonObject
            {
                ["field"] = "messages",
                ["value"] = new JsonObject
                {
                    ["messaging_product"] = "whatsapp",
                    ["metadata"] = new JsonObject { ["display_phone_number"] = "15550001111", ["phone_number_id"] = phoneNumberId },
                    ["messages"] = new JsonArray(messages),
                },
            }),
        }),
    });

    /// <summary>A text message in Meta's shape, with the current time.</summary>
    public static JsonObject TextMessage(string customer, string text, string wamid) => new()
    {
        ["from"] = customer, ["id"] = wamid, ["timestamp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(),
        ["type"] = "text", ["text"] = new JsonObject { ["body"] = text },
    };

    // A plain template, because the benchmark builds thousands per second and shares the machine with what it measures.
    private string TextBody(string customer, string wamid, string text) => $$$"""
        {"object":"whatsapp_business_account","entry":[{"id":"990011","changes":[{"field":"messages","value":{
        "messaging_product":"whatsapp","metadata":{"display_phone_number":"{{{number.DisplayPhoneNumber}}}","phone_number_id":"{{{number.PhoneNumberId}}}"},
        "contacts":[{"profile":{"name":"Bench {{{customer}}}"},"wa_id":"{{{customer}}}"}],
        "messages":[{"from":"{{{customer}}}","id":"{{{wamid}}}","timestamp":"{{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}}}","type":"text","text":{"body":"{{{text}}}"}}]}}]}]}
        """;
}
