using System.Security.Cryptography;
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
    private static readonly byte[] Nobodys = RandomNumberGenerator.GetBytes(32);

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
        HttpContext context, Arrivals arrivals, IncomingBodies bodies, NumberDirectory numbers, VouchedBytes vouched, WebhookMetrics metrics,
        TimeProvider time, IOptions<WebhookOptions> options, ILogger<WebhookIntake> logger)
    {
        using var incoming = await bodies.EnterAsync(context.Request.ContentLength, context.Abort, context.RequestAborted);
        if (incoming is null) return Later(context, metrics, WebhookMetrics.Busy, "Too many webhooks are being received, send it again");
        byte[]? body;
        try
        {
            body = await ReadAsync(context.Request, options.Value.MaxBodyBytes, context.RequestAborted);
        }
        catch (Exception) when (incoming.IsGivenUp)
        {
            metrics.Refused(WebhookMetrics.Slow);
            return TypedResults.Empty;
        }
        if (body is null)
        {
            metrics.Refused(WebhookMetrics.TooLarge);
            LogTooLarge(logger, context.Request.ContentLength, options.Value.MaxBodyBytes);
            return ApiErrors.Error(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {options.Value.MaxBodyBytes} bytes");
        }
        if (await SignerAsync(body, context.Request.Headers[WebhookSignature.Header], numbers, context.RequestAborted) is not { } signer)
        {
            metrics.Refused(WebhookMetrics.Signature);
            return ApiErrors.Error(403, $"{WebhookSignature.Header} is missing or wrong");
        }
        incoming.Verified();
        var items = WebhookSplitter.Split(body, time.UtcNow(), Tracing.Parent);
        if (await signer.VouchAsync(items, numbers, context.RequestAborted) is { } stranger)
        {
            metrics.Refused(WebhookMetrics.Number);
            LogNotVouched(logger, stranger.PhoneNumberId);
            return ApiErrors.Error(403, "The signing app does not speak for this phone number");
        }
        try
        {
            if (await vouched.FindFullAsync(items, context.RequestAborted) is { } full)
            {
                LogFull(logger, full, options.Value.VouchedBytes);
                return Later(context, metrics, WebhookMetrics.Quota, "The organization has too much stored that its own app signed and that waits or is parked");
            }
            await arrivals.AddAsync(items, context.RequestAborted);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or ObjectDisposedException)
        {
            return Later(context, metrics, WebhookMetrics.NotStored, "The webhook could not be stored, send it again");
        }
        return TypedResults.Ok(new Accepted("ok"));
    }

    // The installation's secrets first, and others only where the body names whose they could be: each costs a pass over a body that anybody may have sent.
    private static async ValueTask<WebhookSigner?> SignerAsync(byte[] body, string? header, NumberDirectory numbers, CancellationToken cancellationToken)
    {
        if (WebhookSignature.FindSigner(body, header, numbers.AppSecrets) is not null) return WebhookSigner.Installation;
        if (!WebhookSignature.IsPossible(header)) return null;
        var subject = WebhookSubject.Of(body);
        var secrets = await numbers.AppSecretsAsync(subject.PhoneNumberId, subject.WabaId, cancellationToken);
        // Without any, one that nobody has is tried, so that the time does not tell which numbers have one.
        return WebhookSignature.FindSigner(body, header, secrets.Count > 0 ? secrets : [Nobodys]) is { } secret && secret != Nobodys ? new(secret) : null;
    }

    private static IResult Later(HttpContext context, WebhookMetrics metrics, string reason, string message)
    {
        metrics.Refused(reason);
        context.Response.Headers.RetryAfter = "1";
        return ApiErrors.Error(503, message);
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

    [LoggerMessage(3004, LogLevel.Warning, "A webhook was refused: organization {OrganizationId} has {Bytes} bytes stored that its own app secret signed")]
    private static partial void LogFull(ILogger logger, Guid organizationId, int bytes);

    [LoggerMessage(3002, LogLevel.Warning, "A webhook of {Length} bytes was refused: the limit is {Limit}")]
    private static partial void LogTooLarge(ILogger logger, long? length, int limit);
}
