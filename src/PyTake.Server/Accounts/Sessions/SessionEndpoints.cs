using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>Where a person is logged in, and ending that.</summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("/api/v1/users/me/sessions").RequireAuthorization(Policies.Own).WithTags("sessions");
        own.MapGet("/", List).WithSummary("One's own open sessions, the one that was used last first");
        own.MapDelete("/", EndOthers).WithSummary("Ends all others; with all=true this one too");
        own.MapDelete("/{id:guid}", End).ProducesErrors(404);
        app.MapDelete("/api/v1/users/{id:guid}/sessions", EndOf).RequireAuthorization(Policies.Admin).WithTags("sessions").ProducesErrors(404)
            .WithSummary("Logs a member out everywhere");
    }

    private static async Task<Ok<IReadOnlyList<OpenSession>>> List(Caller caller, Sessions sessions, CancellationToken cancellationToken)
        => TypedResults.Ok(await sessions.ListAsync(caller, cancellationToken));

    private static async Task<NoContent> EndOthers(Caller caller, Sessions sessions, CancellationToken cancellationToken, bool all = false)
    {
        await sessions.EndAllAsync(caller, caller.UserId, all ? null : caller.SessionId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> End(
        Guid id, Caller caller, Sessions sessions, CancellationToken cancellationToken)
        => await sessions.EndAsync(caller, id, cancellationToken) ? TypedResults.NoContent() : ApiErrors.NotFound("Session");

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> EndOf(
        Guid id, Caller caller, Sessions sessions, CancellationToken cancellationToken)
        => await sessions.EndAllAsync(caller, id, except: null, cancellationToken) ? TypedResults.NoContent() : ApiErrors.NotFound("User");
}
