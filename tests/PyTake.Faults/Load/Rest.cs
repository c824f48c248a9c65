using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace PyTake.Faults.Load;

/// <summary>An answer that is not 2xx; status 0 if there was none.</summary>
internal sealed class RestException(int status, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;

    /// <summary>Whether repeating the request may help.</summary>
    public bool IsPassing => status is 0 or 408 or 429 or >= 500;
}

/// <summary>The REST API through nginx with a session's token; a 401 renews the token once.</summary>
internal sealed class Rest(HttpClient http, Session session)
{
    // As in src/pytake-client/src/session/rest.ts.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly Hedge Unanswered = new(TimeSpan.FromSeconds(2), Most: 3);

    public Task<RestAnswer> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);

    /// <param name="key">The idempotency key; a request with the same key is the same request.</param>
    public Task<RestAnswer> PostAsync(string path, object body, string key, CancellationToken cancellationToken) => SendAsync(() => new HttpRequestMessage(HttpMethod.Post, path)
    {
        Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } },
    }, cancellationToken);

    public Task<RestAnswer> PutAsync(string path, object body, CancellationToken cancellationToken) => SendAsync(() => new HttpRequestMessage(HttpMethod.Put, path)
    {
        Content = JsonContent.Create(body),
    }, cancellationToken);

    /// <exception cref="RestException">The answer was not 2xx, or there was none within 15 s.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    private async Task<RestAnswer> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        var token = session.Token;
        try
        {
            return await SendAsync(make, token, cancellationToken);
        }
        catch (RestException exception) when (exception.Status == 401)
        {
            return await SendAsync(make, await session.RenewAsync(token, cancellationToken), cancellationToken);
        }
    }

    // Each kind may safely be sent twice: a GET, a POST with its key, a PUT.
    private Task<RestAnswer> SendAsync(Func<HttpRequestMessage> make, string token, CancellationToken cancellationToken) =>
        Unanswered.AskAsync(over => AskAsync(make, token, over), late => { }, cancellationToken);

    private async Task<RestAnswer> AskAsync(Func<HttpRequestMessage> make, string token, CancellationToken cancellationToken)
    {
        using var request = make();
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var answer = await http.SendAsync(request, patience.Token);
            var text = await answer.Content.ReadAsStringAsync(patience.Token);
            if (!answer.IsSuccessStatusCode) throw new RestException((int)answer.StatusCode, $"{(int)answer.StatusCode} {request.Method} {request.RequestUri}: {text}");
            return new RestAnswer(JsonDocument.Parse(text).RootElement, answer.Headers);
        }
        catch (HttpRequestException exception)
        {
            throw new RestException(0, $"{request.Method} {request.RequestUri}: {exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RestException(0, $"{request.Method} {request.RequestUri}: no answer within {Patience.TotalSeconds} s", exception);
        }
    }
}

internal sealed record RestAnswer(JsonElement Body, HttpResponseHeaders Headers);
