using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using PyTake.Json;

namespace PyTake.WhatsApp.Files;

/// <summary>Files at Meta (WHATSAPP, section 8): where one is, its bytes, and new ones. It does not throw when Meta or the network fails.</summary>
internal sealed partial class GraphMedia(IHttpClientFactory clients, IOptions<GraphOptions> graph, IOptions<DownloadOptions> options)
{
    /// <summary>The name of its <see cref="HttpClient"/>, which has no timeout of its own.</summary>
    public const string Name = "graph-media";

    private const int MostBytesOfAnswer = 64 * 1024;

    // Where Meta serves files from.
    private static readonly string[] Hosts = [".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net"];

    /// <summary>GET /{version}/{media id}: an address, which lives for five minutes.</summary>
    public async Task<MediaAddress> FindAsync(string metaId, string phoneNumberId, string accessToken, CancellationToken cancellationToken)
    {
        // It comes from a webhook, and must not lead anywhere else.
        if (!MediaId().IsMatch(metaId)) return new MediaAddress.Refused(404, new GraphError(100, 33, "The file's id is none", null, null));
        using var timeout = TimeoutOf(options.Value.SilenceTimeout, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, graph.Value.UrlOf($"{metaId}?phone_number_id={Uri.EscapeDataString(phoneNumberId)}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
            using var response = await clients.CreateClient(Name).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            return Read(response.StatusCode, await BodyAsync(response, timeout.Token), accessToken);
        }
        catch (Exception exception) when (IsAway(exception, cancellationToken))
        {
            return new MediaAddress.Unanswered(exception.Message);
        }
    }

    /// <summary>
    /// Opens the bytes at an address. The token goes only to Meta, and no redirection is followed: whoever could name an address would otherwise have
    /// this server ask for anything within its network.
    /// </summary>
    public async Task<MediaBytes> OpenAsync(string address, string accessToken, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !IsMetas(uri)) return new MediaBytes.Refused(0, "The address is none of WhatsApp's");
        HttpResponseMessage? response = null;
        try
        {
            using var timeout = TimeoutOf(options.Value.SilenceTimeout, cancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
            response = await clients.CreateClient(Name).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var opened = response;
                response = null;
                return new MediaBytes.Opened(new SilenceLimit(opened, await opened.Content.ReadAsStreamAsync(cancellationToken), options.Value.SilenceTimeout));
            }
            return new MediaBytes.Refused((int)response.StatusCode, $"HTTP {(int)response.StatusCode}");
        }
        catch (Exception exception) when (IsAway(exception, cancellationToken))
        {
            return new MediaBytes.Unanswered(exception.Message);
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>POST /{version}/{phone_number_id}/media.</summary>
    /// <returns>Accepted with Meta's id; nothing is sent to a customer by it, so that it is safe to repeat.</returns>
    public async Task<GraphAnswer> UploadAsync(
        string phoneNumberId, string accessToken, Stream content, string mimeType, string filename, CancellationToken cancellationToken)
    {
        try
        {
            using var form = new MultipartFormDataContent();
            form.Add(new StringContent("whatsapp"), "messaging_product");
            form.Add(new StringContent(mimeType), "type");
            var file = new StreamContent(content, 64 * 1024);
            file.Headers.ContentType = new MediaTypeHeaderValue(mimeType);
            form.Add(file, "file", filename);
            using var request = new HttpRequestMessage(HttpMethod.Post, graph.Value.UrlOf($"{phoneNumberId}/media")) { Content = form };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
            using var response = await clients.CreateClient(Name).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var json = Parse(await BodyAsync(response, cancellationToken));
            if (response.IsSuccessStatusCode)
                return json is { } answer && answer.TryGetProperty("id", out var id) && id.TextOrNull() is { Length: > 0 } metaId
                    ? new GraphAnswer.Accepted(metaId)
                    : new GraphAnswer.NotSent("WhatsApp answered the upload without an id");
            return json is { } refusal && GraphError.Read(refusal, accessToken) is { } error
                ? new GraphAnswer.Refused((int)response.StatusCode, error)
                : (int)response.StatusCode >= 500
                    ? new GraphAnswer.NotSent($"HTTP {(int)response.StatusCode} to the upload")
                    : new GraphAnswer.Refused((int)response.StatusCode, new GraphError(null, null, $"HTTP {(int)response.StatusCode}", null, null));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException or FormatException)
        {
            return new GraphAnswer.NotSent($"The file could not be uploaded: {exception.Message}");
        }
    }

    /// <summary>Whether an address is one that the token may be sent to.</summary>
    internal bool IsMetas(Uri address)
    {
        var known = new Uri(graph.Value.GraphBaseUrl);
        return (address.Scheme, address.Host, address.Port) == (known.Scheme, known.Host, known.Port)
            || address is { Scheme: "https", IsDefaultPort: true, UserInfo: "" } && Array.Exists(Hosts, host => address.IdnHost.EndsWith(host, StringComparison.Ordinal));
    }

    private static MediaAddress Read(HttpStatusCode status, byte[] body, string accessToken)
    {
        var json = Parse(body);
        if (status == HttpStatusCode.OK)
            return json is { } answer && answer.TryGetProperty("url", out var url) && url.TextOrNull() is { Length: > 0 } address
                ? new MediaAddress.Found(address, Number(answer, "file_size"), Download.ReadHash(answer.TryGetProperty("sha256", out var hash) ? hash.TextOrNull() : null))
                : new MediaAddress.Unanswered("WhatsApp named no address");
        return json is { } refusal && GraphError.Read(refusal, accessToken) is { } error
            ? new MediaAddress.Refused((int)status, error)
            : new MediaAddress.Refused((int)status, new GraphError(null, null, $"HTTP {(int)status}", null, null));
    }

    private static long? Number(JsonElement answer, string name) => !answer.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var number) => number,
        JsonValueKind.String when long.TryParse(value.TextOrNull(), out var number) => number,
        _ => null,
    };

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MostBytesOfAnswer];
        return bytes[..await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken)];
    }

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

    private static CancellationTokenSource TimeoutOf(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(timeout);
        return source;
    }

    // A FormatException means a token that cannot be put into a request.
    private static bool IsAway(Exception exception, CancellationToken cancellationToken)
        => exception is HttpRequestException or IOException or FormatException || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested;

    [GeneratedRegex("^[A-Za-z0-9_-]{1,128}\\z")]
    private static partial Regex MediaId();

    /// <summary>The bytes of an answer; reading ends with an IOException when nothing comes for too long.</summary>
    private sealed class SilenceLimit(HttpResponseMessage response, Stream inner, TimeSpan limit) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var timeout = TimeoutOf(limit, cancellationToken);
            try
            {
                return await inner.ReadAsync(buffer, timeout.Token);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException("WhatsApp sent nothing for too long", exception);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                response.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}

/// <summary>Meta's answer to where a file is.</summary>
internal abstract record MediaAddress
{
    /// <param name="Size">Bytes, if Meta says so.</param>
    public sealed record Found(string Address, long? Size, byte[]? Sha256) : MediaAddress;
    public sealed record Refused(int HttpStatus, GraphError Error) : MediaAddress;
    public sealed record Unanswered(string Reason) : MediaAddress;
}

/// <summary>Meta's answer to the request for a file's bytes.</summary>
internal abstract record MediaBytes
{
    public sealed record Opened(Stream Content) : MediaBytes;
    /// <param name="HttpStatus">0 if nothing was asked.</param>
    public sealed record Refused(int HttpStatus, string Reason) : MediaBytes;
    public sealed record Unanswered(string Reason) : MediaBytes;
}
