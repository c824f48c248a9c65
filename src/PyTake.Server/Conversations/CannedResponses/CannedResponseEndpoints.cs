using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>/api/v1/canned-responses: everyone who may write to customers may also edit the canned responses.</summary>
internal static class CannedResponseEndpoints
{
    private const string Path = "/api/v1/canned-responses";
    private const string Taken = "There is a canned response with this short_code";
    private static readonly string NotAdded = $"{Taken}, or there are {CannedResponses.Most}, which is as many as an organization may have";

    public static void AddCannedResponses(this WebApplicationBuilder builder) => builder.Services.AddSingleton<CannedResponses>();

    public static void MapCannedResponses(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Path).WithTags("canned-responses");
        group.MapGet("/", List).RequireAuthorization(Policies.Read);
        group.MapPost("/", Create).RequireAuthorization(Policies.Write).ProducesErrors(409, 422);
        group.MapPut("/{id:guid}", Change).RequireAuthorization(Policies.Write).ProducesErrors(404, 409, 422);
        group.MapDelete("/{id:guid}", Delete).RequireAuthorization(Policies.Write).ProducesErrors(404);
    }

    private static async Task<Ok<IReadOnlyList<CannedResponse>>> List(Caller caller, CannedResponses responses, CancellationToken cancellationToken)
        => TypedResults.Ok(await responses.ListAsync(caller.OrganizationId, cancellationToken));

    private static async Task<Results<Created<CannedResponse>, JsonHttpResult<ErrorBody>>> Create(
        CannedResponseRequest request, Caller caller, CannedResponses responses, CancellationToken cancellationToken)
    {
        if (request.Problem(isNew: true) is { } problem) return problem;
        return await responses.AddAsync(caller.OrganizationId, request.Code!, request.Text!, cancellationToken) is { } response
            ? TypedResults.Created($"{Path}/{response.Id}", response)
            : ApiErrors.Conflict(NotAdded);
    }

    private static async Task<Results<Ok<CannedResponse>, JsonHttpResult<ErrorBody>>> Change(
        Guid id, CannedResponseRequest request, Caller caller, CannedResponses responses, CancellationToken cancellationToken)
    {
        if (request.Problem(isNew: false) is { } problem) return problem;
        return await responses.ChangeAsync(caller.OrganizationId, id, request.Code, request.Text, cancellationToken) switch
        {
            CannedResponseSaved.Done { Response: var response } => TypedResults.Ok(response),
            CannedResponseSaved.Taken => ApiErrors.Conflict(Taken),
            _ => ApiErrors.NotFound("Canned response"),
        };
    }

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> Delete(
        Guid id, Caller caller, CannedResponses responses, CancellationToken cancellationToken)
        => await responses.DeleteAsync(caller.OrganizationId, id, cancellationToken)
            ? TypedResults.NoContent()
            : ApiErrors.NotFound("Canned response");
}

internal sealed record CannedResponseRequest(string? ShortCode, string? Text)
{
    /// <summary>The code as it is stored: without the slash that agents type before it, and in lower case.</summary>
    public string? Code => ShortCode?.Trim().TrimStart('/').ToLowerInvariant();

    public JsonHttpResult<ErrorBody>? Problem(bool isNew)
    {
        var check = isNew
            ? new Check().Text("short_code", Code, 50).Text("text", Text, 4096)
            : new Check().NotBlank("short_code", Code, 50).NotBlank("text", Text, 4096);
        return check.That(Code?.Any(char.IsWhiteSpace) is not true, "short_code", "must be one word").Problem;
    }
}
