using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PyTake.Simulator.Tests;

/// <summary>A request to the webhook, as it arrived.</summary>
internal sealed record Delivery(byte[] Body, string? Signature, string? ContentType)
{
    public JsonElement Json { get; } = JsonElement.Parse(Body);

    /// <summary>The value of the first change.</summary>
    public JsonElement Value => Json.GetProperty("entry")[0].GetProperty("changes")[0].GetProperty("value");

    public JsonElement Status => Value.GetProperty("statuses")[0];

    public JsonElement Message => Value.GetProperty("messages")[0];

    public string StatusWord => Status.GetProperty("status").GetString()!;

    public bool IsSignedWith(string secret) => Signature
        == "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Body));
}

/// <summary>The receiving side: a server that records what the simulator posts, and answers as a test wants.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/webhook", ReceiveAsync);
    }

    /// <summary>Chooses the HTTP status that a delivery is answered with.</summary>
    public Func<Delivery, Task<int>> Answer { get; set; } = _ => Task.FromResult(200);

    public string Url => _app.Urls.Single() + "/webhook";

    public static async Task<WebhookReceiver> StartAsync()
    {
        var receiver = new WebhookReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>The next delivery, in order of arrival.</summary>
    public Task<Delivery> NextAsync() => _deliveries.Reader.ReadAsync().AsTask().WaitAsync(Deadline.Patience);

    public async Task<Delivery[]> NextAsync(int count)
    {
        var deliveries = new Delivery[count];
        for (var i = 0; i < count; i++)
            deliveries[i] = await NextAsync();
        return deliveries;
    }

    /// <summary>Whether every delivery has been taken with <see cref="NextAsync()"/>.</summary>
    public bool IsEmpty => _deliveries.Reader.Count == 0;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var delivery = new Delivery(body.ToArray(), request.Headers["X-Hub-Signature-256"], request.ContentType);
        _deliveries.Writer.TryWrite(delivery);
        return Results.StatusCode(await Answer(delivery));
    }
}
