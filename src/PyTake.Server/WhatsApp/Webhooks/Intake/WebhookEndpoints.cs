using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;
using PyTake.Http;
using PyTake.Telemetry;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// The endpoints that Meta calls (CONTRACT, section 5). Requests are signed with the app's secret, so they need no bearer token.
/// </summary>
internal static partial class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        foreach (var path in (ReadOnlySpan<string>)["/api/v1/whatsapp/webhook", "/api/v1/webhooks/meta"])
        {
            app.MapGet(path, Verify).AllowAnonymous().WithTags("Webhook");
            app.MapPost(path, Receive).AllowAnonymous().WithTags("Webhook");
        }
        app.MapGet("/api/v1/webhooks/meta/verify", Verify).AllowAnonymous().WithTags("Webhook");
    }

    private static async Task<IResult> Verify(HttpRequest request, NumberDirectory numbers, CancellationToken cancellationToken)
    {
        var query = request.Query;
        foreach (var name in (string[])["hub.mode", "hub.verify_token", "hub.challenge"])
            if (string.IsNullOrEmpty(query[name])) return ApiErrors.BadRequest($"{name} is missing");
        if (query["hub.mode"] != "subscribe") return ApiErrors.BadRequest("hub.mode must be subscribe");
        return await numbers.IsVerifyTokenAsync(query["hub.verify_token"].ToString(), cancellationToken)
            ? TypedResults.Text(query["hub.challenge"].ToString(), "text/plain")
            : ApiErrors.Error(403, "Wrong verify token");
    }

    private static async Task<IResult> Receive(
        HttpContext context, Arrivals arrivals, LargeBodies bodies, NumberDirectory numbers, WebhookMetrics metrics,
        TimeProvider time, IOptions<WebhookOptions> options, ILogger<WebhookIntake> logger)
    {
        using var room = await bodies.EnterAsync(context.Request.ContentLength, context.RequestAborted);
        if (room is null)
        {
            metrics.Refused(WebhookMetrics.Busy);
            return ApiErrors.Error(503, "Too many large webhooks are being received, send it again");
        }
        var body = await ReadAsync(context.Request, options.Value.MaxBodyBytes, context.RequestAborted);
        if (body is null)
        {
            metrics.Refused(WebhookMetrics.TooLarge);
            LogTooLarge(logger, context.Request.ContentLength, options.Value.MaxBodyBytes);
            return ApiErrors.Error(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {options.Value.MaxBodyBytes} bytes");
        }
        var secrets = await numbers.AppSecretsAsync(context.RequestAborted);
        if (WebhookSignature.FindSigner(body, context.Request.Headers[WebhookSignature.Header], secrets) is not { } signer)
        {
            metrics.Refused(WebhookMetrics.Signature);
            return ApiErrors.Error(403, $"{WebhookSignature.Header} is missing or wrong");
        }
        var items = WebhookSplitter.Split(body, time.UtcNow(), Tracing.Parent);
        foreach (var (number, account) in items.Select(i => (i.PhoneNumberId, i.WabaId)).Distinct())
            if (!await numbers.CoversAsync(signer, number, account, context.RequestAborted))
            {
                metrics.Refused(WebhookMetrics.Number);
                LogNotVouched(logger, number);
                return ApiErrors.Error(403, "The signing app does not speak for this phone number");
            }
        try
        {
            await arrivals.AddAsync(items, context.RequestAborted);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or ObjectDisposedException)
        {
            metrics.Refused(WebhookMetrics.NotStored);
            return ApiErrors.Error(503, "The webhook could not be stored, send it again");
        }
        return TypedResults.Ok(new Accepted("ok"));
    }

    // Null if the body is longer than allowed. The bytes are kept unchanged, because the signature is over them.
    private static async Task<byte[]?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit) return null;
        var buffer = new byte[request.ContentLength ?? 4096];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length == request.ContentLength) return buffer;
                Array.Resize(ref buffer, Math.Min(limit + 1, Math.Max(4096, length * 2)));
            }
            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return buffer[..length];
            if ((length += read) > limit) return null;
        }
    }

    private sealed record Accepted(string Status);

    [LoggerMessage(3003, LogLevel.Warning, "A webhook was refused: an organization's own app secret signed for phone number id {PhoneNumberId}, which is not its own")]
    private static partial void LogNotVouched(ILogger logger, string? phoneNumberId);

    [LoggerMessage(3002, LogLevel.Warning, "A webhook of {Length} bytes was refused: the limit is {Limit}")]
    private static partial void LogTooLarge(ILogger logger, long? length, int limit);
}
