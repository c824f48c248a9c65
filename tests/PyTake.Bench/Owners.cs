using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PyTake.Bench;

/// <summary>Agents of the demo organization who each own a conversation.</summary>
internal static class Owners
{
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    /// <summary>Creates an agent for each conversation and assigns it to them.</summary>
    /// <param name="token">An access token of the organization.</param>
    /// <returns>Their access tokens, in the order of the conversations.</returns>
    /// <exception cref="IOException">The server refused.</exception>
    public static async Task<string[]> AssignAsync(Guid[] conversations, Uri baseUrl, string token, Database database, HttpMessageInvoker http)
    {
        var users = Array.ConvertAll(conversations, _ => Guid.CreateVersion7());
        // Logging in this many would take a minute of hashing passwords, so that each begins with a refresh token.
        var refresh = Array.ConvertAll(users, _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        await InsertAsync(users, refresh, database);
        var tokens = new string[users.Length];
        await Parallel.ForAsync(0, users.Length, AtOnce, async (n, _) =>
        {
            tokens[n] = (await PostAsync("/api/v1/auth/refresh", new { refresh_token = refresh[n] }, null)).GetProperty("access_token").GetString()!;
            await PostAsync($"/api/v1/conversations/{conversations[n]}/assign", new { agent_id = users[n] }, token);
        });
        return tokens;

        async Task<JsonElement> PostAsync(string path, object body, string? bearer)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(baseUrl, path)) { Content = JsonContent.Create(body) };
            if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            using var answer = await http.SendAsync(request, CancellationToken.None);
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode ? JsonElement.Parse(text) : throw new IOException($"{path} was answered {(int)answer.StatusCode} {text}");
        }
    }

    private static Task InsertAsync(Guid[] users, string[] refresh, Database database) => database.QueryAsync($"""
        with owners as (
            select *
            from unnest({Database.Array(users)}::uuid[], {Database.Array(refresh.Select(Hash))}::text[]) as o (id, hash)
        ), made as (
            insert into users (id, organization_id, email, password_hash, full_name, role)
            select o.id, a.organization_id, o.id || '@example.com', '', 'Owner', 'agent'
            from owners o, users a
            where a.email = 'agent@pytake.com'
        ), opened as (
            insert into sessions (id, user_id, expires_at)
            select id, id, now() + interval '1 day' from owners
        )
        insert into refresh_tokens (token_hash, session_id, expires_at)
        select decode(hash, 'hex'), id, now() + interval '1 day' from owners
        """);

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
