using System.Globalization;
using System.Security.Claims;

namespace PyTake.Accounts;

/// <summary>Reads access tokens that do not arrive in a request's header, but in a hub method or a CONNECT packet.</summary>
public sealed class TokenReader
{
    private static readonly string[] Claims = ["type", "sub", "organization_id", "sid", "role", "exp"];
    private readonly AccessTokens _tokens;

    internal TokenReader(AccessTokens tokens) => _tokens = tokens;

    /// <summary>The token's user and expiry (UTC); null if it is not a valid access token. The database is not queried.</summary>
    public async Task<(Caller Caller, DateTime ExpiresAt)?> ReadAsync(string accessToken)
        => await _tokens.ValidateAsync(accessToken) is { } principal && Caller.TryOf(principal) is { } caller
            ? (caller, ExpiresAt(principal))
            : null;

    /// <summary>
    /// The claims of an authenticated principal that are read, and nothing of the token that the handler's identity keeps: a WebSocket's request lives for
    /// hours, and with it its principal.
    /// </summary>
    internal static ClaimsPrincipal WithoutToken(ClaimsPrincipal principal) => new(new ClaimsIdentity(
        [.. Claims.Select(type => principal.FindFirst(type)).OfType<Claim>().Select(claim => new Claim(claim.Type, claim.Value))], "Bearer", "sub", "role"));

    /// <summary>When the token of an authenticated principal expires (UTC).</summary>
    public static DateTime ExpiresAt(ClaimsPrincipal principal)
        => DateTimeOffset.FromUnixTimeSeconds(long.Parse(principal.FindFirstValue("exp")!, CultureInfo.InvariantCulture)).UtcDateTime;
}
