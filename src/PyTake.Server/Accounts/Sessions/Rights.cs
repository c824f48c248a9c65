using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace PyTake.Accounts;

/// <summary>A right that the database must confirm.</summary>
internal sealed record Right(string[] Roles, bool OnlyOperators = false) : IAuthorizationRequirement;

/// <summary>
/// Looks up the caller's session, user and role for every request that needs a right, so that a token's claims do not
/// outlive a logout, a deactivation or a change of role. Handlers then get the caller with the current role.
/// </summary>
internal sealed class RightHandler(Sessions sessions, OperatingOrganization operating) : AuthorizationHandler<Right>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, Right right)
    {
        if (context.Resource is not HttpContext http || Caller.TryOf(context.User) is not { } caller) return;

        if (await sessions.FindAsync(caller, http.RequestAborted) is not { } standing)
        {
            context.Fail(new SessionOver(this));
            return;
        }
        http.Features.Set(caller with { Role = standing.Role });
        if (right.Roles.Contains(standing.Role) && (!right.OnlyOperators || operating.Is(caller.OrganizationId))) context.Succeed(right);
    }
}

/// <summary>The token is valid but its session has ended: answered with 401, so that the client logs in again, and not with 403.</summary>
internal sealed class SessionOver(IAuthorizationHandler handler) : AuthorizationFailureReason(handler, "The session is over");

internal sealed class SessionOverAsUnauthenticated : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _usual = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
        => _usual.HandleAsync(next, context, policy,
            authorizeResult.AuthorizationFailure?.FailureReasons.Any(r => r is SessionOver) is true ? PolicyAuthorizationResult.Challenge() : authorizeResult);
}
