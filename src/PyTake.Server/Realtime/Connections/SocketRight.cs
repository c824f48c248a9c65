using Microsoft.AspNetCore.Authorization;
using PyTake.Accounts;

namespace PyTake.Realtime;

/// <summary>A socket asks the database, so that a session that is over opens none, however long its token would still be valid.</summary>
internal sealed record SocketRight : IAuthorizationRequirement
{
    public const string Policy = "socket";
}

/// <summary>
/// Looks at what opens a connection: the negotiation, or a WebSocket without one. What comes after belongs to a connection that is
/// looked at when it is welcomed, and watched from then on.
/// </summary>
internal sealed class SocketRightHandler(SocketAdmission admission) : AuthorizationHandler<SocketRight>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, SocketRight right)
    {
        if (context.Resource is not HttpContext http || Caller.TryOf(context.User) is not { } caller) return;
        if (Opens(http))
        {
            if (await admission.AdmitAsync(caller, TokenReader.ExpiresAt(context.User), http.RequestAborted) is not { } user)
            {
                context.Fail(new SessionOver(this));
                return;
            }
            http.Features.Set(user);
        }
        context.Succeed(right);
    }

    // The negotiation gives out the id that every later request carries.
    private static bool Opens(HttpContext http)
        => !http.Request.Query.ContainsKey("id") || http.Request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase);
}
