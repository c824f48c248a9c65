using System.Net.Http.Json;
using System.Text.Json;

namespace PyTake.Bench;

/// <summary>The demo organization's agent, as whom all browsers are logged in.</summary>
internal static class Agent
{
    /// <returns>An access token; it is good for longer than a round takes.</returns>
    /// <exception cref="HttpRequestException">The login was refused.</exception>
    public static async Task<string> LogInAsync(Uri baseUrl)
    {
        using var http = new HttpClient { BaseAddress = baseUrl };
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { email = "agent@pytake.com", password = "Agent123" });
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return json.RootElement.GetProperty("access_token").GetString()!;
    }
}
