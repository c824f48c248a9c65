using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PyTake.Json;

namespace PyTake;

/// <summary>An HTTP response with its whole body.</summary>
public sealed record Answer(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    /// <summary>The body as one of the product's own records.</summary>
    public T As<T>() => JsonSerializer.Deserialize<T>(Text, Wire.Options)!;

    /// <summary>A header's value; fails if it is missing.</summary>
    public string Header(string name) => Headers[name.ToLowerInvariant()];

    /// <summary>Fails, and shows the body, if the status is another.</summary>
    public Answer Expect(HttpStatusCode status)
    {
        if (Status != status) Assert.Fail($"Expected {(int)status}, got {(int)Status}: {Text}");
        return this;
    }

    /// <summary>Fails if it is not an error with this status in the contract's shape.</summary>
    public Answer ExpectError(HttpStatusCode status, string? saying = null)
    {
        Expect(status);
        var error = Body.GetProperty("error");
        Assert.Equal((int)status, error.GetProperty("code").GetInt32());
        Assert.Equal(error.GetProperty("message").GetString(), Body.GetProperty("detail").GetString());
        if (saying is not null) Assert.Contains(saying, Body.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
        return this;
    }

    /// <summary>Fails if it is not a 422 that names this field of the body.</summary>
    public Answer ExpectInvalid(string field, string? saying = null)
    {
        ExpectError(HttpStatusCode.UnprocessableEntity, saying);
        Assert.Equal("validation_error", Body.GetProperty("error").GetProperty("type").GetString());
        var fields = Body.GetProperty("error").GetProperty("details").EnumerateArray()
            .Select(d => string.Join('.', d.GetProperty("loc").EnumerateArray().Skip(1).Select(l => l.ToString())));
        Assert.Contains(field, fields);
        return this;
    }
}

/// <summary>Sends requests as a client of the API does.</summary>
public static class ApiCalls
{
    public static Task<Answer> Get(this HttpClient http, string path) => Send(http, HttpMethod.Get, path, null);

    public static Task<Answer> Post(this HttpClient http, string path, object? body = null, params (string Name, string Value)[] headers)
        => Send(http, HttpMethod.Post, path, body, headers);

    public static Task<Answer> Put(this HttpClient http, string path, object body) => Send(http, HttpMethod.Put, path, body);

    public static Task<Answer> Delete(this HttpClient http, string path) => Send(http, HttpMethod.Delete, path, null);

    /// <param name="body">A string is sent as it is, anything else as JSON with the wire's names.</param>
    public static async Task<Answer> Send(
        this HttpClient http, HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string text => new StringContent(text, System.Text.Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body, options: Wire.Options),
        };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value));
        return new Answer(response.StatusCode, all, await response.Content.ReadAsStringAsync());
    }
}
