using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
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
        group.MapPut("/me/password", ChangePassword).RequireAuthorization(Policies.Own).ProducesErrors(422, 429)
            .WithSummary("Changes one's own password; the other sessions end");
        group.MapPost("/", Create).RequireAuthorization(Policies.Admin).ProducesErrors(400, 409, 422)
            .WithSummary("Adds a member; without a password they are invited, by a link that is shown only now");
        group.MapPut("/{id:guid}", Change).RequireAuthorization(Policies.Admin).ProducesErrors(404, 409, 422);
    }

    private static async Task<Ok<IReadOnlyList<User>>> List(Caller caller, Users users, CancellationToken cancellationToken)
        => TypedResults.Ok(await users.ListAsync(caller, cancellationToken));

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

    private static async Task<Results<Ok<Said>, JsonHttpResult<ErrorBody>>> ChangePassword(
        PasswordChange change, Caller caller, SetPassword passwords, Users users, OrganizationStore organizations, AccountRateLimits limits,
        HttpContext context, CancellationToken cancellationToken)
    {
        if (await new OwnPassword(change.CurrentPassword).ProblemAsync(caller, passwords, limits, context, cancellationToken) is { } wrong) return wrong;
        var user = (await users.FindAsync(caller.OrganizationId, caller.UserId, cancellationToken))!;
        var organization = await organizations.GetAsync(caller.OrganizationId, cancellationToken);
        if (new Check().NewPassword("new_password", change.NewPassword, user.Email, user.FullName, organization.Name).Problem is { } weak) return weak;
        await passwords.ChangeAsync(caller, user.Email, change.NewPassword!, cancellationToken);
        return TypedResults.Ok(new Said(true, "The password is changed, and your other sessions have ended"));
    }

    private static async Task<Results<Created<CreatedUser>, JsonHttpResult<ErrorBody>>> Create(
        CreateUserRequest request, Caller caller, Users users, OrganizationStore organizations, PublicAddress address, HttpContext context,
        CancellationToken cancellationToken)
    {
        var organization = await organizations.GetAsync(caller.OrganizationId, cancellationToken);
        if (request.Problem(organization.Name) is { } problem) return problem;
        var home = address.Of(context.Request);
        if (request.Password is null && home is null) return ApiErrors.Conflict(PublicAddress.Unknown);
        return await users.AddAsync(caller, request, home, cancellationToken) is { } user
            ? TypedResults.Created($"/api/v1/users/{user.Id}", user)
            : ApiErrors.BadRequest("Email already registered");
    }

    private static async Task<Results<Ok<User>, JsonHttpResult<ErrorBody>>> Change(
        Guid id, UserChange change, Caller caller, Users users, CancellationToken cancellationToken)
    {
        if (change.Problem() is { } problem) return problem;
        return await users.ChangeAsync(caller, id, change, cancellationToken) switch
        {
            UserChanged.Done { User: var user } => TypedResults.Ok(user),
            UserChanged.LastAdministrator => ApiErrors.Conflict("An organization needs an active administrator"),
            _ => ApiErrors.NotFound("User"),
        };
    }
}

/// <param name="Password">Null: the user is invited, and chooses their own.</param>
internal sealed record CreateUserRequest(string? Email, string? Password, string? FullName, string? Role, bool? IsActive)
{
    public JsonHttpResult<ErrorBody>? Problem(string organizationName)
    {
        var check = new Check().Email(Email);
        if (Password is not null) check.NewPassword("password", Password, Email, FullName, organizationName);
        return check.Text("full_name", FullName, 200).That(Accounts.Role.IsKnown(Role), "role", "must be org_admin, agent or viewer").Problem;
    }
}

/// <summary>A member who was added, with their invitation if they were invited.</summary>
internal sealed record CreatedUser : User
{
    [SetsRequiredMembers]
    public CreatedUser(User user, SentLink? invitation) : base(user)
        => (InvitationUrl, InvitationExpiresAt, Mailed) = (invitation?.Url, invitation?.ExpiresAt, invitation?.Mailed);

    /// <summary>Shown only now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? InvitationUrl { get; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public DateTime? InvitationExpiresAt { get; }
    /// <summary>Whether a mail with the link is on its way.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Mailed { get; }
}

internal sealed record PasswordChange(string? CurrentPassword, string? NewPassword);

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
