using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>A right that the database must confirm.</summary>
/// <param name="Roles">Who has it.</param>
/// <param name="OnlyOperators">Whether only the operating organization's members have it.</param>
/// <param name="EvenToEnrol">Whether a session has it that may only set up a second factor.</param>
/// <param name="Recent">Whether what the database said within the last two seconds is enough.</param>
internal sealed record Right(string[] Roles, bool OnlyOperators = false, bool EvenToEnrol = false, bool Recent = false) : IAuthorizationRequirement;

/// <summary>
/// Looks up the caller's session, user and role for every request, so that a token's claims do not outlive a logout, a deactivation or a change of
/// role: at once where it writes, and within two seconds where it reads. Handlers then get the caller with the current role.
/// </summary>
internal sealed class RightHandler(Sessions sessions) : AuthorizationHandler<Right>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, Right right)
    {
        if (context.Resource is not HttpContext http || Caller.TryOf(context.User) is not { } caller) return;

        var found = right.Recent ? sessions.FindRecentAsync(caller, http.RequestAborted) : sessions.FindAsync(caller, http.RequestAborted);
        if (await found is not { } standing)
        {
            context.Fail(new SessionOver(this));
            return;
        }
        http.Features.Set(caller with { Role = standing.Role });
        if (standing.MustEnrol && !right.EvenToEnrol) context.Fail(new SecondFactorMissing(this));
        else if (right.Roles.Contains(standing.Role) && (!right.OnlyOperators || standing.Operates)) context.Succeed(right);
    }
}

/// <summary>The token is valid but its session has ended: answered with 401, so that the client logs in again, and not with 403.</summary>
internal sealed class SessionOver(IAuthorizationHandler handler) : AuthorizationFailureReason(handler, "The session is over");

/// <summary>The caller must have a second factor and has none yet: the answer says so, so that the client leads there.</summary>
internal sealed class SecondFactorMissing(IAuthorizationHandler handler) : AuthorizationFailureReason(handler, "Set up a second factor first");

internal sealed class FailuresInWords : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _usual = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        // The policy of routes without one is asked for addresses without a route as well, which are 404 or 405.
        if (context.GetEndpoint() is not RouteEndpoint) return next(context);
        var reasons = authorizeResult.AuthorizationFailure?.FailureReasons.ToArray() ?? [];
        if (reasons.Any(r => r is SessionOver)) return _usual.HandleAsync(next, context, policy, PolicyAuthorizationResult.Challenge());
        return reasons.FirstOrDefault(r => r is SecondFactorMissing) is { } missing
            ? ApiErrors.Error(403, missing.Message, new() { ["mfa_enrolment_required"] = true }).ExecuteAsync(context)
            : _usual.HandleAsync(next, context, policy, authorizeResult);
    }
}
