using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Json;

namespace PyTake.WhatsApp;

/// <summary>
/// Client of Meta's Graph API. It does not throw when Meta or the network fails: the answer says whether the request was accepted, refused, never
/// sent, or sent with an unknown outcome, because only the first three may be acted upon (WHATSAPP, case 52).
/// </summary>
public sealed class GraphClient(IHttpClientFactory clients, IOptions<GraphOptions> options)
{
    /// <summary>The name of its <see cref="HttpClient"/>, whose timeout covers the whole request.</summary>
    public const string Name = "graph";

    // An administrator waits for it.
    private static readonly TimeSpan LongestProof = TimeSpan.FromSeconds(5);

    /// <summary>POST /{version}/{phone_number_id}/messages.</summary>
    /// <param name="message">The JSON of a message in Graph's shape.</param>
    /// <returns>Accepted carries the message's wamid.</returns>
    public Task<GraphAnswer> SendAsync(string phoneNumberId, string accessToken, byte[] message, CancellationToken cancellationToken)
        => PostAsync($"{phoneNumberId}/messages", accessToken, message, MessageOf, cancellationToken);

    /// <summary>Marks a customer's message, and all before it, as read.</summary>
    /// <param name="wamid">The customer's message.</param>
    /// <param name="isTyping">Also shows the typing indicator, for 25 s or until a message arrives.</param>
    public Task<GraphAnswer> MarkReadAsync(
        string phoneNumberId, string accessToken, string wamid, CancellationToken cancellationToken, bool isTyping = false)
    {
        var request = isTyping
            ? JsonSerializer.SerializeToUtf8Bytes(
                new { messaging_product = "whatsapp", status = "read", message_id = wamid, typing_indicator = new { type = "text" } })
            : JsonSerializer.SerializeToUtf8Bytes(new { messaging_product = "whatsapp", status = "read", message_id = wamid });
        return PostAsync($"{phoneNumberId}/messages", accessToken, request, _ => new(wamid), cancellationToken);
    }

    /// <summary>Takes a conversation from whoever controls it, or gives it back (conversation-routing/thread-control).</summary>
    /// <param name="recipient">The customer: digits or a business-scoped user id.</param>
    /// <param name="action">
    /// take: only for the app that the business has made its escalation partner, or 2494191. release: WhatsApp decides with the customer's next message.
    /// </param>
    public Task<GraphAnswer> ControlAsync(
        string phoneNumberId, string accessToken, string recipient, string action, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["messaging_product"] = "whatsapp",
            [CustomerId.IsUserId(recipient) ? "recipient" : "to"] = recipient,
            ["action"] = action,
        });
        return PostAsync($"{phoneNumberId}/thread_control", accessToken, request, _ => new(recipient), cancellationToken);
    }

    /// <summary>
    /// Whether a token proves that its owner may act for a number: GET /{version}/{phone_number_id}?fields=id,display_phone_number, which WhatsApp answers
    /// for whom the number belongs to, and for nobody else. Waits a few seconds at most.
    /// </summary>
    public async Task<NumberProof> ProveAsync(string phoneNumberId, string accessToken, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestProof);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, options.Value.UrlOf($"{phoneNumberId}?fields=id,display_phone_number"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
            using var response = await clients.CreateClient(Name).SendAsync(request, patience.Token);
            return NumberProof.Of(phoneNumberId, (int)response.StatusCode, Parse(await response.Content.ReadAsByteArrayAsync(patience.Token)), accessToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new NumberProof.Unanswered("it did not answer in time");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new NumberProof.Unanswered("it could not be reached");
        }
    }

    private async Task<GraphAnswer> PostAsync(
        string path, string accessToken, byte[] json, Func<JsonElement, GraphAnswer.Accepted?> accept, CancellationToken cancellationToken)
    {
        var content = new ObservedContent(json);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, options.Value.UrlOf(path)) { Content = content };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
            using var response = await clients.CreateClient(Name).SendAsync(request, cancellationToken);
            return Read(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken), accessToken, accept);
        }
        // A FormatException means a token or an id that cannot be put into a request.
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException or FormatException)
        {
            var reason = exception is OperationCanceledException { InnerException: TimeoutException inner } ? inner.Message : exception.Message;
            return content.WasBegun ? new GraphAnswer.Unanswered(reason) : new GraphAnswer.NotSent(reason);
        }
    }

    private static GraphAnswer Read(HttpStatusCode status, byte[] body, string accessToken, Func<JsonElement, GraphAnswer.Accepted?> accept)
    {
        var json = Parse(body);
        if (status is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices)
            return json is { } answer && accept(answer) is { Id.Length: > 0 } accepted
                ? accepted
                : new GraphAnswer.Unanswered($"HTTP {(int)status} without an id");

        if (json is { } refusal && GraphError.Read(refusal, accessToken) is { } error) return new GraphAnswer.Refused((int)status, error);

        // A 5xx without Graph's error object comes from a proxy in front of Graph, which may have forwarded the request before it timed out (502
        // and 504 mean that, and proxies answer 503 when a connection broke after the request). Other statuses are refusals.
        return (int)status >= 500
            ? new GraphAnswer.Unanswered($"HTTP {(int)status} without Graph's error")
            : new GraphAnswer.Refused((int)status, new GraphError(null, null, $"HTTP {(int)status}", null, null));
    }

    private static GraphAnswer.Accepted? MessageOf(JsonElement answer)
    {
        if (Text(First(answer, "messages"), "id") is not { } wamid) return null;
        var customer = First(answer, "contacts");
        var waId = Text(customer, "wa_id");
        return new(wamid, waId is { Length: > 0 } && waId.All(char.IsAsciiDigit) ? waId : null, Text(customer, "user_id"));
    }

    private static JsonElement First(JsonElement answer, string list)
        => answer.TryGetProperty(list, out var elements) && elements.ValueKind == JsonValueKind.Array && elements.GetArrayLength() > 0 ? elements[0] : default;

    private static string? Text(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.TextOrNull() : null;

    private static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Records whether any of it was sent. Before its first byte Graph has no message to accept, whatever failed (name resolution, connecting,
    /// TLS, waiting for a connection); after it the outcome is unknown.
    /// </summary>
    private sealed class ObservedContent : HttpContent
    {
        private readonly byte[] _json;

        public ObservedContent(byte[] json)
        {
            _json = json;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        public bool WasBegun { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
            => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            WasBegun = true;
            return stream.WriteAsync(_json, cancellationToken).AsTask();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _json.Length;
            return true;
        }
    }
}
