using System.Reflection;
using System.Security.Claims;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>The user who makes a request, taken from the verified access token alone. Endpoint handlers get it as a parameter of this type.</summary>
/// <param name="UserId">Claim <c>sub</c>.</param>
/// <param name="OrganizationId">Claim <c>organization_id</c>: the only source of the tenant.</param>
/// <param name="Role">The role in the database when the request was authorized; before that, claim <c>role</c>.</param>
/// <param name="SessionId">Claim <c>sid</c>: the family of refresh tokens that this token was issued for.</param>
public sealed record Caller(Guid UserId, Guid OrganizationId, string Role, Guid SessionId)
{
    /// <summary>The network address that the request came from; null outside requests.</summary>
    public string? Address { get; init; }

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

    /// <summary>Called by the parameter binding of minimal APIs.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo? _)
        => ValueTask.FromResult<Caller?>((context.Features.Get<Caller>() ?? Of(context.User)) with { Address = context.Connection.Address() });
}

/// <summary>The values of a user's role.</summary>
public static class Role
{
    public const string OrgAdmin = "org_admin";
    public const string Agent = "agent";
    public const string Viewer = "viewer";

    /// <summary>Whether it is one of them.</summary>
    public static bool IsKnown(string? role) => role is OrgAdmin or Agent or Viewer;
}

/// <summary>
/// Names of the authorization policies; every route has one of them. Own: what concerns one's own account, even for a session that may only set up a
/// second factor. Read: any member. Write: agents and administrators. Admin: administrators. Operate: administrators of the operating organization. All look
/// up the session and the role in the database, so that a revoked right takes effect at once; for Read, as of at most two seconds ago.
/// </summary>
public static class Policies
{
    public const string Read = "read";
    public const string Own = "own";
    public const string Write = "write";
    public const string Admin = "admin";
    public const string Operate = "operate";

    /// <summary>Anybody of the organization, by an access token or by the cookie for files; the session is looked up.</summary>
    public const string Media = "media";
}
