using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PyTake.WhatsApp.Outbound;

/// <summary>What the fake was asked.</summary>
public sealed record GraphRequest(int Number, string Version, string PhoneNumberId, string Token, JsonElement Body)
{
    public bool IsReceipt => Body.TryGetProperty("status", out _);
    public string? To => Text("to") ?? Text("recipient");
    public string? Text(string name) => Body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    /// <summary>The text of a text message.</summary>
    public string? Said => Body.TryGetProperty("text", out var text) ? text.GetProperty("body").GetString() : null;
    /// <summary>Our message's id.</summary>
    public Guid MessageId => Guid.Parse(Text("biz_opaque_callback_data")!);
}

/// <summary>How the fake answers one request.</summary>
public delegate Task<IResult?> GraphRule(GraphRequest request, HttpContext context);

/// <summary>Meta's side of sending messages, on Kestrel at a free port: notes what it is asked and answers as it is told.</summary>
public sealed class FakeGraph : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<GraphRequest> _requests = [];
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _asked = NewSignal();
    private int _count;

    private FakeGraph()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/{version}/{phoneNumberId}/messages", HandleAsync);
    }

    /// <summary>Asked for each request; null accepts it.</summary>
    public GraphRule Rule { get; set; } = (_, _) => Task.FromResult<IResult?>(null);

    public string Url => _app.Urls.First();

    /// <summary>In the order of arrival.</summary>
    public IReadOnlyList<GraphRequest> Requests => [.. _requests];

    public static async Task<FakeGraph> StartAsync()
    {
        var graph = new FakeGraph();
        await graph._app.StartAsync();
        return graph;
    }

    /// <summary>A refusal in Graph's shape.</summary>
    public static Task<IResult?> Refuse(int status, int code, string message = "Refused", string? details = null)
        => Task.FromResult<IResult?>(Results.Json(new
        {
            error = new { message = $"(#{code}) {message}", type = "OAuthException", code, error_data = new { messaging_product = "whatsapp", details }, fbtrace_id = "trace" },
        }, statusCode: status));

    /// <summary>The connection breaks after the request was read: nobody learns what became of it.</summary>
    public static Task<IResult?> Break(HttpContext context)
    {
        context.Abort();
        return Task.FromResult<IResult?>(Results.Empty);
    }

    /// <summary>Never answers; the connection breaks when the test is over.</summary>
    public async Task<IResult?> Hang(HttpContext context)
    {
        await _over.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
        return Results.Empty;
    }

    /// <summary>Waits until so many requests of this kind have come.</summary>
    public async Task<IReadOnlyList<GraphRequest>> WaitForAsync(int count, Func<GraphRequest, bool>? of = null)
    {
        while (true)
        {
            var asked = _asked.Task;
            var found = Requests.Where(of ?? (_ => true)).ToArray();
            if (found.Length >= count) return found;
            await asked.WaitAsync(Sending.Deadline);
        }
    }

    /// <summary>Breaks what hangs.</summary>
    public void LetGo() => _over.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        LetGo();
        await _app.DisposeAsync();
    }

    private async Task<IResult> HandleAsync(string version, string phoneNumberId, HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var token = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
        var request = new GraphRequest(Interlocked.Increment(ref _count), version, phoneNumberId, token, body.RootElement.Clone());
        _requests.Enqueue(request);
        Interlocked.Exchange(ref _asked, NewSignal()).TrySetResult();
        return await Rule(request, context) ?? Accepted(request);
    }

    private static IResult Accepted(GraphRequest request) => request.IsReceipt
        ? Results.Json(new { success = true })
        : Results.Json(new
        {
            messaging_product = "whatsapp",
            contacts = new[] { new { input = request.To, wa_id = request.To } },
            messages = new[] { new { id = WamidOf(request) } },
        });

    /// <summary>The wamid that the fake gives.</summary>
    public static string WamidOf(GraphRequest request) => $"wamid.{request.MessageId:N}.{request.Number}";

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
