using System.Reflection;
using System.Security.Claims;

namespace PyTake.Accounts;

/// <summary>Who asks, from the verified access token alone. A parameter of this type binds in every endpoint handler.</summary>
/// <param name="UserId">Claim <c>sub</c>.</param>
/// <param name="OrganizationId">Claim <c>organization_id</c>: the only place a tenant is ever taken from.</param>
/// <param name="Role">Claim <c>role</c>; on routes that write, the role the database had when the request was let in.</param>
/// <param name="SessionId">Claim <c>sid</c>: the family of refresh tokens this token came from.</param>
public sealed record Caller(Guid UserId, Guid OrganizationId, string Role, Guid SessionId)
{
    /// <summary>Reads the claims of an authenticated principal.</summary>
    public static Caller Of(ClaimsPrincipal principal)
        => TryOf(principal) ?? throw new InvalidOperationException("The route has no policy: there is no caller");

    /// <summary>The same, or null where the claims are not those of an access token.</summary>
    public static Caller? TryOf(ClaimsPrincipal principal)
        => principal.FindFirstValue("type") == "access"
            && Guid.TryParse(principal.FindFirstValue("sub"), out var user)
            && Guid.TryParse(principal.FindFirstValue("organization_id"), out var organization)
            && Guid.TryParse(principal.FindFirstValue("sid"), out var session)
            && principal.FindFirstValue("role") is { } role
            ? new Caller(user, organization, role, session)
            : null;

    /// <summary>Minimal APIs' binding.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo _)
        => ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? Of(context.User));
}

/// <summary>The words of a user's role.</summary>
public static class Role
{
    public const string OrgAdmin = "org_admin";
    public const string Agent = "agent";
    public const string Viewer = "viewer";

    /// <summary>Whether it is one of them.</summary>
    public static bool IsKnown(string? role) => role is OrgAdmin or Agent or Viewer;
}

/// <summary>
/// Names of the authorization policies, one of which stands on every route. Read: any valid access token. Write: agents and
/// administrators. Admin: administrators. Operate: administrators of the operating organization. All but Read look the session
/// and the role up in the database, so that a right taken away is gone at once.
/// </summary>
public static class Policies
{
    public const string Read = "read";
    public const string Write = "write";
    public const string Admin = "admin";
    public const string Operate = "operate";
}
