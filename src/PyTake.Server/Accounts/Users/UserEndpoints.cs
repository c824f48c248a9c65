using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Http;

namespace PyTake.Accounts;

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/users").WithTags("users");
        group.MapGet("/", List).RequireAuthorization(Policies.Read);
        group.MapGet("/{id:guid}", Get).RequireAuthorization(Policies.Read).ProducesErrors(404);
        group.MapPut("/me", ChangeOwn).RequireAuthorization(Policies.Read).ProducesErrors(422);
        group.MapPost("/", Create).RequireAuthorization(Policies.Admin).ProducesErrors(400, 422);
        group.MapPut("/{id:guid}", Change).RequireAuthorization(Policies.Admin).ProducesErrors(404, 409, 422);
    }

    private static async Task<Ok<IReadOnlyList<User>>> List(Caller caller, Users users, CancellationToken cancellationToken)
        => TypedResults.Ok(await users.ListAsync(caller.OrganizationId, cancellationToken));

    private static async Task<Results<Ok<User>, JsonHttpResult<ErrorBody>>> Get(
        Guid id, Caller caller, Users users, CancellationToken cancellationToken)
        => await users.FindAsync(caller.OrganizationId, id, cancellationToken) is { } user
            ? TypedResults.Ok(user)
            : ApiErrors.NotFound("User");

    // Viewers may call it, so the policy is Read; but it writes, so the session must still be open.
    private static async Task<Results<Ok<User>, JsonHttpResult<ErrorBody>>> ChangeOwn(
        OwnChange change, Caller caller, Sessions sessions, Users users, CancellationToken cancellationToken)
    {
        if (change.Problem() is { } problem) return problem;
        return await sessions.FindAsync(caller, cancellationToken) is not null
            && await users.ChangeOwnAsync(caller, change, cancellationToken) is { } user
            ? TypedResults.Ok(user)
            : ApiErrors.Error(401, "Not authenticated");
    }

    private static async Task<Results<Created<User>, JsonHttpResult<ErrorBody>>> Create(
        CreateUserRequest request, Caller caller, Users users, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        return await users.AddAsync(caller.OrganizationId, request, cancellationToken) is { } user
            ? TypedResults.Created($"/api/v1/users/{user.Id}", user)
            : ApiErrors.BadRequest("Email already registered");
    }

    private static async Task<Results<Ok<User>, JsonHttpResult<ErrorBody>>> Change(
        Guid id, UserChange change, Caller caller, Users users, CancellationToken cancellationToken)
    {
        if (change.Problem() is { } problem) return problem;
        return await users.ChangeAsync(caller.OrganizationId, id, change, cancellationToken) switch
        {
            UserChanged.Done { User: var user } => TypedResults.Ok(user),
            UserChanged.LastAdministrator => ApiErrors.Conflict("An organization needs an active administrator"),
            _ => ApiErrors.NotFound("User"),
        };
    }
}

internal sealed record CreateUserRequest(string? Email, string? Password, string? FullName, string? Role, bool? IsActive)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .NewAccount(Email, Password)
        .Text("full_name", FullName, 200)
        .That(Accounts.Role.IsKnown(Role), "role", "must be org_admin, agent or viewer")
        .Problem;
}

/// <summary>A null field stays as it is.</summary>
internal sealed record OwnChange(string? FullName, string? AgentStatus)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check().Profile(FullName, AgentStatus).Problem;
}

/// <inheritdoc cref="OwnChange"/>
internal sealed record UserChange(string? FullName, string? AgentStatus, string? Role, bool? IsActive)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .Profile(FullName, AgentStatus)
        .That(Role is null || Accounts.Role.IsKnown(Role), "role", "must be org_admin, agent or viewer")
        .Problem;
}
