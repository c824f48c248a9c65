using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Outbound;

/// <summary>A request that the fake received.</summary>
/// <param name="Number">The count of this phone number's requests, including this one.</param>
public sealed record GraphRequest(int Number, string Version, string PhoneNumberId, string Token, JsonElement Body)
{
    public bool IsReceipt => Body.TryGetProperty("status", out _);
    public string? To => Text("to") ?? Text("recipient");
    public string? Text(string name) => Body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    /// <summary>The text of a text message.</summary>
    public string? Said => Body.TryGetProperty("text", out var text) ? text.GetProperty("body").GetString() : null;
    /// <summary>Our message's id.</summary>
    public Guid MessageId => CallbackData.MessageId(Text("biz_opaque_callback_data"))!.Value;
}

/// <summary>How the fake answers one request.</summary>
public delegate Task<IResult?> GraphRule(GraphRequest request, HttpContext context);

/// <summary>A fake of Meta's Graph API on Kestrel at a free port, which records requests and answers them by rules.</summary>
public sealed class FakeGraph : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<GraphRequest> _requests = [];
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _asked = NewSignal();
    private readonly ConcurrentDictionary<string, int> _counts = [];
    private readonly ConcurrentDictionary<string, GraphRule> _rules = [];

    private FakeGraph()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapGet("/{version}/{phoneNumberId}", ProveAsync);
        _app.MapPost("/{version}/{phoneNumberId}/messages", HandleAsync);
        Files.Map(_app);
        _app.MapPost("/{version}/{phoneNumberId}/thread_control", HandleAsync);
    }

    public string Url => _app.Urls.First();

    /// <summary>The files at Meta.</summary>
    public FakeFiles Files { get; } = new();

    /// <summary>All requests, in the order of arrival.</summary>
    public IReadOnlyList<GraphRequest> Requests => [.. _requests];

    /// <summary>The requests of one organization's number.</summary>
    public IReadOnlyList<GraphRequest> RequestsOf(TestOrganization organization)
        => [.. _requests.Where(r => r.PhoneNumberId == organization.Number.PhoneNumberId)];

    /// <summary>
    /// Sets how requests of an organization's number are answered; a rule that returns null accepts the request, as happens without a rule.
    /// </summary>
    public void Answer(TestOrganization organization, GraphRule rule) => _rules[organization.Number.PhoneNumberId] = rule;

    /// <inheritdoc cref="Answer(TestOrganization, GraphRule)"/>
    public void Answer(TestOrganization organization, Func<GraphRequest, Task<IResult?>> rule) => Answer(organization, (request, _) => rule(request));

    /// <summary>How it answers who asks for a number, by its id and the token; null proves it, which is what happens without this.</summary>
    public Func<string, string, HttpContext, Task<IResult?>>? Prove { get; set; }

    /// <summary>The numbers that were asked for, each with the token.</summary>
    public ConcurrentQueue<(string PhoneNumberId, string Token, string Query)> Proofs { get; } = [];

    /// <summary>Accepts the request.</summary>
    public static Task<IResult?> Accept() => Task.FromResult<IResult?>(null);

    public static async Task<FakeGraph> StartAsync()
    {
        var graph = new FakeGraph();
        await graph._app.StartAsync();
        return graph;
    }

    /// <summary>A refusal in Graph's format.</summary>
    public static Task<IResult?> Refuse(int status, int code, string message = "Refused", string? details = null)
        => Task.FromResult<IResult?>(Results.Json(new
        {
            error = new { message = $"(#{code}) {message}", type = "OAuthException", code, error_data = new { messaging_product = "whatsapp", details }, fbtrace_id = "trace" },
        }, statusCode: status));

    /// <summary>Breaks the connection after the request was read, so that its outcome is unknown.</summary>
    public static Task<IResult?> Break(HttpContext context)
    {
        context.Abort();
        return Task.FromResult<IResult?>(Results.Empty);
    }

    /// <summary>Never answers; the connection breaks at the end of the test.</summary>
    public async Task<IResult?> Hang(HttpContext context)
    {
        await _over.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
        return Results.Empty;
    }

    /// <summary>Waits for this many requests of an organization's number.</summary>
    public async Task<IReadOnlyList<GraphRequest>> WaitForAsync(TestOrganization organization, int count)
    {
        while (true)
        {
            var asked = _asked.Task;
            var found = RequestsOf(organization);
            if (found.Count >= count) return found;
            await asked.WaitAsync(Sending.Deadline);
        }
    }

    /// <summary>Breaks the connections of hanging requests.</summary>
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
        var request = new GraphRequest(_counts.AddOrUpdate(phoneNumberId, 1, (_, count) => count + 1), version, phoneNumberId, token, body.RootElement.Clone());
        _requests.Enqueue(request);
        Interlocked.Exchange(ref _asked, NewSignal()).TrySetResult();
        return (_rules.TryGetValue(phoneNumberId, out var rule) ? await rule(request, context) : null) ?? Accepted(request);
    }

    private async Task<IResult> ProveAsync(string phoneNumberId, HttpContext context)
    {
        if (context.Request.Query.ContainsKey("phone_number_id")) return await Files.LookUpAsync(phoneNumberId, context);
        var token = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
        Proofs.Enqueue((phoneNumberId, token, context.Request.QueryString.Value!));
        return (Prove is { } prove ? await prove(phoneNumberId, token, context) : null)
            ?? Results.Json(new { id = phoneNumberId, display_phone_number = "+55 11 4000-1000" });
    }

    private static IResult Accepted(GraphRequest request) => request.IsReceipt
        ? Results.Json(new { success = true })
        : request.Text("action") is not null ? Results.Json(new { messaging_product = "whatsapp" })
        : Results.Json(new
        {
            messaging_product = "whatsapp",
            contacts = new[] { new { input = request.To, wa_id = request.To } },
            messages = new[] { new { id = WamidOf(request) } },
        });

    /// <summary>The wamid that the fake returns.</summary>
    public static string WamidOf(GraphRequest request) => $"wamid.{request.MessageId:N}.{request.Number}";

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
