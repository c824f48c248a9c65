using System.Globalization;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Json;

namespace PyTake.Http;

/// <summary>Limits the requests per minute for each key. Each node counts separately.</summary>
internal sealed class RateLimit(int perMinute) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
        key => RateLimitPartition.GetSlidingWindowLimiter(key, _ => new()
        {
            PermitLimit = perMinute,
            Window = TimeSpan.FromMinutes(1),
            SegmentsPerWindow = 6,
            QueueLimit = 0,
        }));

    /// <summary>Counts a request. Null if it is within the limit, otherwise 429 with the time to wait.</summary>
    public JsonHttpResult<ErrorBody>? Exceeded(HttpContext context, string key)
    {
        using var lease = _limiter.AttemptAcquire(key);
        if (lease.IsAcquired) return null;
        return Refuse(context, lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(10));
    }

    /// <summary>429 with the time to wait.</summary>
    public static JsonHttpResult<ErrorBody> Refuse(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Json(
            ErrorBody.Of(429, "Too many requests, try again later", "rate_limit_exceeded"), Wire.Options, statusCode: 429);
    }

    public void Dispose() => _limiter.Dispose();
}

internal static class RemoteAddress
{
    /// <summary>The key that a request counts against: the IPv4 address, or the /64 prefix, since an IPv6 subscriber has at least that.</summary>
    public static string Key(this ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "none",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } v6 => Convert.ToHexString(v6.GetAddressBytes().AsSpan(0, 8)),
        var v4 => v4.ToString(),
    };
}
