using System.Net.Http.Json;
using System.Text.Json;

namespace PyTake.Harness;

/// <summary>A logged-in user.</summary>
/// <param name="ExpiresIn">The lifetime of the token in seconds.</param>
public sealed record Agent(Guid UserId, Guid OrganizationId, string AccessToken, int ExpiresIn)
{
    /// <summary>Logs in the demo organization's agent.</summary>
    /// <returns>An access token.</returns>
    /// <exception cref="HttpRequestException">The login was refused.</exception>
    public static async Task<string> LogInAsync(Uri baseUrl)
    {
        using var http = new HttpClient { BaseAddress = baseUrl };
        return (await LogInAsync(http, "agent@pytake.com", "Agent123")).AccessToken;
    }

    /// <exception cref="HttpRequestException">The login was refused; the text is the server's answer.</exception>
    public static async Task<Agent> LogInAsync(HttpClient http, string email, string password, CancellationToken cancellationToken = default)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { email, password }, cancellationToken);
        return Read(await BodyAsync(answer, cancellationToken));
    }

    /// <summary>Registers a new organization with its administrator.</summary>
    /// <exception cref="HttpRequestException">The server refused; the text is its answer.</exception>
    public static async Task<Agent> RegisterAsync(HttpClient http, string email, string password, string organization)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/register", new
        {
            email, password, full_name = "Harness Admin", organization_name = organization,
        });
        var body = await BodyAsync(answer, CancellationToken.None);
        return Read(body, body.GetProperty("token"));
    }

    private static Agent Read(JsonElement body, JsonElement? token = null) => new(
        body.GetProperty("user").GetProperty("id").GetGuid(),
        body.GetProperty("user").GetProperty("organization_id").GetGuid(),
        (token ?? body).GetProperty("access_token").GetString()!,
        (token ?? body).GetProperty("expires_in").GetInt32());

    private static async Task<JsonElement> BodyAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException(text, null, answer.StatusCode);
        return JsonDocument.Parse(text).RootElement;
    }
}
