using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PyTake.Simulator.Graph;

/// <summary>
/// An error in the Graph API's shape. A rule may supply its own: only the code is required, the members that Meta
/// always sends are filled in, and unknown members are passed on.
/// </summary>
public sealed record GraphError
{
    public string? Message { get; init; }

    public string Type { get; init; } = "OAuthException";

    public required int Code { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ErrorSubcode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? ErrorData { get; init; }

    public string? FbtraceId { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }

    /// <summary>The answer to a request, with the HTTP status that Meta documents for this code.</summary>
    public IResult ToResult() => ToResult(HttpStatus(Code));

    public IResult ToResult(int status) => TypedResults.Json(
        new
        {
            Error = this with
            {
                Message = Message ?? $"(#{Code}) {ErrorTitles.Of(Code)}",
                FbtraceId = FbtraceId ?? "A" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(15)),
            },
        },
        statusCode: status);

    public static GraphError BadToken { get; } =
        new() { Code = 190, Message = "Invalid OAuth access token - Cannot parse access token" };

    /// <summary>A wrong parameter; the message says everything, so there are no details.</summary>
    public static GraphError BadParameter(string message) => new() { Code = 100, Message = $"(#100) {message}" };

    public static GraphError Missing(string details) => WithDetails(131008, details);

    public static GraphError Invalid(string details) => WithDetails(131009, details);

    public static GraphError WithDetails(int code, string details) => new()
    {
        Code = code,
        ErrorData = JsonSerializer.SerializeToElement(new { messaging_product = "whatsapp", details }),
    };

    public static GraphError NoSuchObject(string verb, string id) => new()
    {
        Message = $"Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing "
            + "permissions, or does not support this operation",
        Type = "GraphMethodException",
        Code = 100,
        ErrorSubcode = 33,
    };

    /// <summary>The error that Meta sends with an HTTP status, for a rule that names none.</summary>
    public static GraphError For(int status) => new()
    {
        Code = status switch { 401 => 190, 403 => 10, 429 => 130429, >= 500 => 2, _ => 100 },
    };

    private static int HttpStatus(int code) => code switch { 190 => 401, 132001 => 404, _ => 400 };
}
