using System.Reflection;
using System.Security.Claims;

namespace PyTake.Accounts;

/// <summary>Who asks, from the verified access token alone. A parameter of this type binds in every endpoint handler.</summary>
/// <param name="UserId">Claim <c>sub</c>.</param>
/// <param name="OrganizationId">Claim <c>organization_id</c>: the only place a tenant is ever taken from.</param>
/// <param name="Role">Claim <c>role</c>; what it allows is checked against the database where something is written.</param>
/// <param name="SessionId">Claim <c>sid</c>: the family of refresh tokens this token came from.</param>
public sealed record Caller(Guid UserId, Guid OrganizationId, string Role, Guid SessionId)
{
    /// <summary>Reads the claims of an authenticated principal.</summary>
    public static Caller Of(ClaimsPrincipal principal) => new(
        Guid.Parse(principal.FindFirstValue("sub")!),
        Guid.Parse(principal.FindFirstValue("organization_id")!),
        principal.FindFirstValue("role")!,
        Guid.Parse(principal.FindFirstValue("sid")!));

    /// <summary>Minimal APIs' binding.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo _) => ValueTask.FromResult<Caller?>(Of(context.User));
}

/// <summary>The words of a user's role.</summary>
public static class Role
{
    public const string OrgAdmin = "org_admin";
    public const string Agent = "agent";
    public const string Viewer = "viewer";
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
