using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PyTake.Http;

namespace PyTake.Accounts;

internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder app)
        => app.MapGet("/api/v1/audit", List).RequireAuthorization(Policies.Admin).WithTags("audit").ProducesErrors(422)
            .WithSummary("Who did what when, newest first")
            .WithDescription("Where there may be more, X-Next-Cursor is the next page's before.");

    private static async Task<Results<Ok<IReadOnlyList<AuditEvent>>, JsonHttpResult<ErrorBody>>> List(
        [AsParameters] AuditListRequest request, Caller caller, AuditTrail audit, HttpResponse response, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        var limit = request.Limit ?? AuditListRequest.MostPerPage;
        var events = await audit.ListAsync(caller.OrganizationId, request.Before, request.ActorId, request.Action, limit, cancellationToken);
        if (events.Count == limit) response.Headers["X-Next-Cursor"] = events[^1].Id.ToString();
        return TypedResults.Ok(events);
    }
}

internal sealed record AuditListRequest
{
    public const int MostPerPage = 100;

    [FromQuery(Name = "before")] public Guid? Before { get; init; }
    [FromQuery(Name = "limit")] public int? Limit { get; init; }
    [FromQuery(Name = "actor_id")] public Guid? ActorId { get; init; }
    [FromQuery(Name = "action")] public string? Action { get; init; }

    public JsonHttpResult<ErrorBody>? Problem() => new Check("query")
        .That(Limit is null or >= 1 and <= MostPerPage, "limit", $"must be from 1 to {MostPerPage}")
        .Optional("action", Action, 100)
        .Problem;
}
