using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Database;
using PyTake.Json;

namespace PyTake.Http;

/// <summary>Errors in the one shape that old and new clients read (CONTRACT, section 1).</summary>
public static partial class ApiErrors
{
    /// <summary>An error with a message for the user.</summary>
    public static JsonHttpResult<ErrorBody> Error(int status, string message, Dictionary<string, object?>? facts = null)
        => TypedResults.Json(ErrorBody.Of(status, message, "http_error").With(facts), Wire.Options, statusCode: status);

    /// <summary>400 with what is wrong.</summary>
    public static JsonHttpResult<ErrorBody> BadRequest(string message) => Error(400, message);

    /// <summary>403: it belongs to the caller's organization, but the caller lacks the right.</summary>
    public static JsonHttpResult<ErrorBody> Forbidden(string message = "You may not do this") => Error(403, message);

    /// <summary>404, also for anything that belongs to another organization.</summary>
    public static JsonHttpResult<ErrorBody> NotFound(string what) => Error(404, $"{what} not found");

    /// <summary>409 with the reason.</summary>
    public static JsonHttpResult<ErrorBody> Conflict(string message) => Error(409, message);

    /// <summary>422 naming the wrong field.</summary>
    /// <param name="field">Its path in the body, such as <c>content.text</c>, or the name of a query parameter.</param>
    /// <param name="message">What is wrong with it.</param>
    public static JsonHttpResult<ErrorBody> Invalid(string field, string message)
        => Invalid([new ErrorDetail(["body", .. field.Split('.')], message, "value_error")]);

    /// <inheritdoc cref="Invalid(string, string)"/>
    public static JsonHttpResult<ErrorBody> Invalid(IReadOnlyList<ErrorDetail> details)
        => TypedResults.Json(
            ErrorBody.Of(422, $"{string.Join('.', details[0].Loc.Skip(1))}: {details[0].Msg}", "validation_error", details),
            Wire.Options, statusCode: 422);

    /// <summary>Adds the errors of a route to the API description, except those of authorization.</summary>
    public static TBuilder ProducesErrors<TBuilder>(this TBuilder builder, params int[] statuses) where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ErrorBody), ["application/json"]));
        return builder;
    }

    /// <summary>Converts unhandled exceptions and empty error responses to this shape.</summary>
    public static void UseApiErrors(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = HandleAsync,
            // A client's mistake is not logged as an error.
            SuppressDiagnosticsCallback = context => IsCallersFault(context.Exception),
        });
        app.UseStatusCodePages(context => WriteBareAsync(context.HttpContext));
    }

    private static async Task HandleAsync(HttpContext context)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var body = exception switch
        {
            BadHttpRequestException bad => FromBadRequest(bad),
            OverloadException overload => overload.Body,
            Npgsql.PostgresException { SqlState: var state } when IsUnstorable(state) => Unstorable,
            not null when Outage.Is(exception) => ErrorBody.Of(503, "The service is temporarily unavailable, try again", "http_error"),
            _ => ErrorBody.Of(500, "Internal server error", "internal_error", traceId: Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier),
        };
        if (exception is OverloadException { RetryAfter: var wait }) context.Response.SetRetryAfter(wait);
        context.Response.StatusCode = body.Error.Code;
        await context.Response.WriteAsJsonAsync(body, Wire.Options, context.RequestAborted);
    }

    private static bool IsCallersFault(Exception exception)
        => exception is BadHttpRequestException or OverloadException || exception is Npgsql.PostgresException { SqlState: var state } && IsUnstorable(state);

    // Text or numbers that PostgreSQL cannot store, such as NUL.
    private static bool IsUnstorable(string sqlState) => sqlState is "22021" or "22P05" or "22P02" or "22003";

    private static ErrorBody Unstorable => ErrorBody.Of(
        422, "The request has characters or numbers that cannot be stored", "validation_error",
        [new(["body"], "has characters or numbers that cannot be stored", "value_error")]);

    private static ErrorBody FromBadRequest(BadHttpRequestException exception) => exception.StatusCode switch
    {
        // A body or parameter that does not bind: 422, as the clients know it from FastAPI.
        400 => Unbound(exception),
        413 => ErrorBody.Of(413, "The request is too large", "http_error"),
        415 => ErrorBody.Of(415, "The body must be application/json", "http_error"),
        _ => ErrorBody.Of(exception.StatusCode, exception.Message, "http_error"),
    };

    private const string Unfit = "the value does not fit";

    private static ErrorBody Unbound(BadHttpRequestException exception)
    {
        var (loc, reason) = exception.InnerException switch
        {
            // Thrown by the JSON reader itself, so the whole body is not valid JSON.
            JsonException { InnerException: JsonException } => (["body"], "is not valid JSON"),
            JsonException json when PathOf(json) is { Length: > 0 } path => (["body", .. path], Unfit),
            JsonException => (["body"], "must be an object"),
            _ when UnboundParameter().Match(exception.Message) is { Success: true } match
                => (["query", JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value)], Unfit),
            _ => ((string[])["body"], "is required"),
        };
        return ErrorBody.Of(422, $"{string.Join('.', loc.Skip(loc.Length > 1 ? 1 : 0))}: {reason}", "validation_error", [new(loc, reason, "value_error")]);
    }

    // $.content.components[0].type
    private static string[] PathOf(JsonException exception)
        => (exception.Path ?? "").Split(['$', '.', '[', ']', '\''], StringSplitOptions.RemoveEmptyEntries);

    // Only the framework's message names the query parameter that could not be parsed.
    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from ")]
    private static partial Regex UnboundParameter();

    private static Task WriteBareAsync(HttpContext context) => context.Response.WriteAsJsonAsync(
        ErrorBody.Of(context.Response.StatusCode, context.Response.StatusCode switch
        {
            401 => "Not authenticated",
            403 => "You may not do this",
            404 => "Not found",
            405 => "Method not allowed",
            413 => "The request is too large",
            415 => "The body must be application/json",
            429 => "Too many requests",
            var code => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(code),
        }, context.Response.StatusCode == 429 ? "rate_limit_exceeded" : "http_error"), Wire.Options);
}

/// <summary>Both shapes of an error in one: <c>detail</c> for the old UI, <c>error</c> for the documented API.</summary>
public sealed record ErrorBody(ErrorInfo Error, string Detail)
{
    /// <summary>An error of a type that the contract names.</summary>
    public static ErrorBody Of(int code, string message, string type, IReadOnlyList<ErrorDetail>? details = null, string? traceId = null)
        => new(new(code, message, type) { Details = details, TraceId = traceId }, message);

    /// <summary>Further fields that the contract names, in both shapes.</summary>
    [JsonExtensionData] public Dictionary<string, object?>? Facts { get; init; }

    internal ErrorBody With(Dictionary<string, object?>? facts) => facts is null ? this : this with { Error = Error with { Facts = facts }, Facts = facts };
}

/// <summary>The documented shape of an error.</summary>
public sealed record ErrorInfo(int Code, string Message, string Type)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<ErrorDetail>? Details { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? TraceId { get; init; }
    /// <inheritdoc cref="ErrorBody.Facts"/>
    [JsonExtensionData] public Dictionary<string, object?>? Facts { get; init; }
}

/// <summary>One wrong field: where it is, and what is wrong with it.</summary>
public sealed record ErrorDetail(IReadOnlyList<string> Loc, string Msg, string Type);
