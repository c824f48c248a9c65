using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace PyTake.Bench;

/// <summary>Meta's webhook with one text message in it, signed with the app secret.</summary>
internal sealed class Webhook(Uri baseUrl, ClusterWhatsApp number)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly Uri _uri = new(baseUrl, "/api/v1/whatsapp/webhook");
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(number.AppSecret);

    /// <param name="customer">The customer's number, digits only.</param>
    /// <param name="wamid">WhatsApp's id of the message.</param>
    public HttpRequestMessage Text(string customer, string wamid, string text)
    {
        var body = Encoding.UTF8.GetBytes(Body(customer, wamid, text));
        var request = new HttpRequestMessage(HttpMethod.Post, _uri)
        {
            Version = HttpVersion.Version11,
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
        };
        request.Headers.TryAddWithoutValidation(
            "X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(_secret, body)));
        return request;
    }

    private string Body(string customer, string wamid, string text) => $$$"""
        {"object":"whatsapp_business_account","entry":[{"id":"990011","changes":[{"field":"messages","value":{
        "messaging_product":"whatsapp","metadata":{"display_phone_number":"{{{number.DisplayPhoneNumber}}}","phone_number_id":"{{{number.PhoneNumberId}}}"},
        "contacts":[{"profile":{"name":"Bench {{{customer}}}"},"wa_id":"{{{customer}}}"}],
        "messages":[{"from":"{{{customer}}}","id":"{{{wamid}}}","timestamp":"{{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}}}","type":"text","text":{"body":"{{{text}}}"}}]}}]}]}
        """;
}
