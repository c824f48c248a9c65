using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PyTake.Cluster;

/// <summary>The running cluster that <c>infra/up</c> described in the file named by PYTAKE_CLUSTER.</summary>
public sealed class Cluster
{
    private static int _count;
    private readonly ClusterParts _parts;

    private Cluster(string file) => _parts = new(file);

    public static Cluster Current { get; } = new(Environment.GetEnvironmentVariable("PYTAKE_CLUSTER")
        ?? throw new InvalidOperationException("PYTAKE_CLUSTER is not set: run infra/test, or infra/up and set it to .run/cluster.json"));

    /// <summary>Reads the current description: pids change when a part is restarted.</summary>
    public ClusterFile Read() => _parts.Read();

    public Uri Front => Read().BaseUrl;

    public Uri Node(int index) => Read().Nodes[index].Url;

    /// <summary>Kills a part, as a crash would.</summary>
    public static void Kill(int pid) => Processes.Kill(pid);

    /// <summary>Starts a part again: node-1, redis, postgres, nginx, simulator.</summary>
    public Task StartAsync(string part) => _parts.StartAsync(part);

    /// <summary>Restarts all nodes, one after the other, as an operator does.</summary>
    public Task RestartAsync() => _parts.RestartNodesAsync();

    /// <summary>Registers an organization for one test, with its administrator and one number.</summary>
    public async Task<Tenant> TenantAsync()
    {
        var unique = $"{Guid.NewGuid():N}";
        using var http = Http(Front);
        var agent = await Agent.RegisterAsync(http, $"admin-{unique}@example.com", "Cluster123", $"Cluster {unique}");
        using var admin = Http(Front, agent.AccessToken);
        var number = $"88{Random.Shared.NextInt64(1_000_000_000_000):D13}";
        using var made = await admin.PostAsJsonAsync("/api/v1/whatsapp/", new
        {
            phone_number_id = number, phone_number = $"+5511{Random.Shared.Next(10_000_000, 99_999_999)}", display_name = "Cluster",
            access_token = Read().Whatsapp.AccessToken,
        });
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        return new Tenant(this, agent.UserId, agent.AccessToken, number);
    }

    /// <summary>Logs in the demo organization's agent.</summary>
    public async Task<Tenant> DemoAsync(string email = "agent@pytake.com", string password = "Agent123")
    {
        using var http = Http(Front);
        var agent = await Agent.LogInAsync(http, email, password);
        return new Tenant(this, agent.UserId, agent.AccessToken, Read().Whatsapp.PhoneNumberId);
    }

    public HttpClient Http(Uri url, string? token = null)
    {
        var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    /// <summary>Signs and posts a webhook, as Meta does.</summary>
    /// <returns>The HTTP status; 0 if there was no answer.</returns>
    public async Task<int> WebhookAsync(Uri url, byte[] body)
    {
        using var http = Http(url);
        using var request = new Webhook(url, Read().Whatsapp).Request(body);
        try
        {
            using var response = await http.SendAsync(request);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    /// <summary>A customer's number that no other test uses.</summary>
    public static string Customer() => $"5521{Random.Shared.Next(1_000_000, 9_999_999)}{Interlocked.Increment(ref _count):D4}";
}

/// <summary>An organization in the cluster, seen by one of its users, and the customers who write to its number.</summary>
public sealed record Tenant(Cluster Cluster, Guid UserId, string Token, string PhoneNumberId)
{
    /// <summary>GET through nginx.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var http = Cluster.Http(Cluster.Front, Token);
        using var response = await http.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>POST through nginx.</summary>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var http = Cluster.Http(Cluster.Front, Token);
        using var response = await http.PostAsJsonAsync(path, body);
        Assert.True(response.IsSuccessStatusCode, $"POST {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A customer writes for the first time; returns their conversation once it exists.</summary>
    public async Task<Guid> ConversationAsync(string customer)
    {
        await using var client = await SignalRClient.ConnectAsync(Cluster.Front, Token);
        await client.Watch();
        Assert.Equal(200, await Cluster.WebhookAsync(Cluster.Front, Text(customer, "Bom dia")));
        var updated = await client.Next("conversation:updated", c => Whatsapp(c) == customer);
        return updated.GetProperty("id").GetGuid();
    }

    /// <summary>All messages of a conversation, fetched as clients catch up.</summary>
    public async Task<List<JsonElement>> MessagesAsync(Guid conversation)
    {
        List<JsonElement> all = [];
        while (true)
        {
            var after = all.Count == 0 ? 0 : all[^1].GetProperty("seq").GetInt64();
            var page = await GetAsync($"/api/v1/conversations/{conversation}/messages?changed_after={after}&limit=100");
            all.AddRange(page.EnumerateArray());
            if (page.GetArrayLength() < 100) return all;
        }
    }

    public byte[] Text(string customer, string text, string? wamid = null) => Webhook(TextMessage(customer, text, wamid));

    public static JsonObject TextMessage(string customer, string text, string? wamid = null) =>
        Harness.Webhook.TextMessage(customer, text, wamid ?? $"wamid.{Guid.NewGuid():N}");

    public static JsonObject ImageMessage(string customer, int n) => new()
    {
        ["from"] = customer, ["id"] = $"wamid.{Guid.NewGuid():N}", ["timestamp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(),
        ["type"] = "image", ["image"] = new JsonObject { ["id"] = $"98765{n}", ["mime_type"] = "image/jpeg", ["sha256"] = "eA==" },
    };

    public byte[] Webhook(params JsonNode[] messages) => Harness.Webhook.Body(PhoneNumberId, messages);

    public static string? Whatsapp(JsonElement conversation) => conversation.GetProperty("contact").GetProperty("whatsapp_id").GetString();
}
