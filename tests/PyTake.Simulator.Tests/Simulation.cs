using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PyTake.Simulator.Tests;

/// <summary>An answer with its JSON, which is undefined if there is none.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Json)
{
    public JsonElement Error => Json.GetProperty("error");

    public int ErrorCode => Error.GetProperty("code").GetInt32();

    public string Wamid => Json.GetProperty("messages")[0].GetProperty("id").GetString()!;
}

/// <summary>A simulator with its own webhook receiver, and the requests that tests make.</summary>
internal sealed class Simulation : IAsyncDisposable
{
    public const string Number = "770022";
    public const string Secret = "the app secret";
    public const string Token = "the-token";
    public const string Ana = "5511911112222";

    private readonly WebApplicationFactory<Program> _factory;

    private Simulation(WebhookReceiver webhook, TimeProvider time)
    {
        Webhook = webhook;
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseUrls("http://127.0.0.1:0");
            host.ConfigureLogging(logging => logging.ClearProviders());
            host.UseSetting("Simulator:WebhookUrl", webhook.Url);
            host.UseSetting("Simulator:AppSecret", Secret);
            host.UseSetting("Simulator:AccessToken", Token);
            host.UseSetting("Simulator:PhoneNumberId", Number);
            host.UseSetting("Simulator:DisplayPhoneNumber", "5511900000000");
            host.ConfigureTestServices(services => services.AddSingleton(time));
        });
        // A real Kestrel server: the test server does not show clients that disconnect or send too much.
        _factory.UseKestrel();
        _factory.StartServer();
        Http = new HttpClient { BaseAddress = _factory.ClientOptions.BaseAddress };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", Token);
    }

    public WebhookReceiver Webhook { get; }

    public HttpClient Http { get; }

    /// <summary>Starts a simulator; messages get statuses automatically only if a delay is given.</summary>
    public static async Task<Simulation> StartAsync(TimeProvider? time = null, int? statusDelayMs = null)
    {
        var simulation = new Simulation(await WebhookReceiver.StartAsync(), time ?? TimeProvider.System);
        await simulation.ControlAsync(
            "settings", new { auto_statuses = statusDelayMs is not null, status_delay_ms = statusDelayMs });
        return simulation;
    }

    public Task<Answer> SendAsync(object body, string number = Number) =>
        PostAsync($"/v23.0/{number}/messages", JsonContent.Create(body));

    /// <summary>Sends an otherwise valid message with this type and content to Ana.</summary>
    public Task<Answer> SendAsync(string type, object content) => SendAsync(new Dictionary<string, object>
    {
        ["messaging_product"] = "whatsapp",
        ["to"] = Ana,
        ["type"] = type,
        [type] = content,
    });

    public Task<Answer> SendTextAsync(string text, string to = Ana, string? callbackData = null) => SendAsync(new
    {
        messaging_product = "whatsapp",
        to,
        type = "text",
        text = new { body = text },
        biz_opaque_callback_data = callbackData,
    });

    public Task<Answer> ControlAsync(string path, object body) =>
        PostAsync($"/_control/{path}", JsonContent.Create(body));

    public Task<Answer> ControlAsync(string path, string json) =>
        PostAsync($"/_control/{path}", new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<JsonElement[]> SentAsync(long after = 0) =>
        [.. (await GetAsync($"/_control/sent?after={after}")).Json.EnumerateArray()];

    public async Task<Answer> GetAsync(string path) => await ReadAsync(await Http.GetAsync(path));

    public async Task<Answer> DeleteAsync(string path) => await ReadAsync(await Http.DeleteAsync(path));

    public async Task<Answer> PostAsync(string path, HttpContent content) =>
        await ReadAsync(await Http.PostAsync(path, content).WaitAsync(Deadline.Patience));

    /// <summary>Uploads a file and returns its id.</summary>
    public async Task<string> UploadAsync(byte[] content, string mimeType) =>
        (await TryUploadAsync(content, mimeType)).Json.GetProperty("id").GetString()!;

    public async Task<Answer> TryUploadAsync(byte[] content, string mimeType)
    {
        using var file = new ByteArrayContent(content);
        file.Headers.ContentType = MediaTypeHeaderValue.Parse(mimeType);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("whatsapp"), "messaging_product" },
            { new StringContent(mimeType), "type" },
            { file, "file", "file" },
        };
        return await PostAsync($"/v23.0/{Number}/media", form);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
        await Webhook.DisposeAsync();
    }

    private static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        using var _ = response;
        var body = await response.Content.ReadAsByteArrayAsync();
        return new(response.StatusCode, body.Length == 0 ? default : JsonElement.Parse(body));
    }
}
