using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Json;

namespace PyTake.Http;

/// <summary>There is more to do than will be done: answered at once with when to try again, instead of being kept waiting.</summary>
/// <param name="byCaller">Whether it is the caller's own doing (429) or everybody's (503).</param>
/// <param name="retryAfter">When it is worth another try.</param>
internal sealed class OverloadException(bool byCaller, TimeSpan retryAfter) : Exception("There is too much to do")
{
    /// <summary>What its caller is answered.</summary>
    public ErrorBody Body { get; } = byCaller
        ? Overload.TooMany
        : ErrorBody.Of(503, "Too many others are at it, try again later", "http_error");

    public TimeSpan RetryAfter => retryAfter;
}

internal static class Overload
{
    public static readonly ErrorBody TooMany = ErrorBody.Of(429, "Too many requests, try again later", "rate_limit_exceeded");

    /// <summary>429 with when to try again.</summary>
    public static JsonHttpResult<ErrorBody> TooManyRequests(HttpResponse response, TimeSpan retryAfter)
    {
        response.SetRetryAfter(retryAfter);
        return TypedResults.Json(TooMany, Wire.Options, statusCode: 429);
    }

    /// <summary>Says when to try again, in whole seconds from one on.</summary>
    public static void SetRetryAfter(this HttpResponse response, TimeSpan retryAfter)
        => response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
