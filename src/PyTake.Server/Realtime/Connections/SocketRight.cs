using Microsoft.AspNetCore.Authorization;
using PyTake.Accounts;

namespace PyTake.Realtime;

/// <summary>Checks a new connection's session in the database: an ended session opens none, even while its token is still valid.</summary>
internal sealed record SocketRight : IAuthorizationRequirement
{
    public const string Policy = "socket";
}

/// <summary>
/// Checks only requests that open a connection: the negotiation, or a WebSocket without one. Later requests belong to a connection that
/// is checked when it is admitted (<see cref="Connections"/>) and watched from then on (<see cref="SocketWatch"/>).
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

    // The negotiation issues the id that every later request carries.
    private static bool Opens(HttpContext http)
        => !http.Request.Query.ContainsKey("id") || http.Request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase);
}
