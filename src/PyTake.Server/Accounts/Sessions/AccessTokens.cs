using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PyTake.Accounts;

/// <summary>Issues and verifies access tokens: short-lived JWTs with the claims of CONTRACT, section 2, and otherwise those of RFC 9068.</summary>
internal sealed class AccessTokens
{
    private const string Access = "access", Media = "media";

    private readonly AccountOptions _options;
    private readonly TimeProvider _time;
    private readonly SymmetricSecurityKey _key;
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };

    public AccessTokens(IOptions<AccountOptions> options, TimeProvider time)
    {
        (_options, _time) = (options.Value, time);
        _key = KeyOf(_options.SigningKey);
        Validation = new()
        {
            ValidIssuer = _options.Issuer,
            ValidAudience = _options.Audience,
            IssuerSigningKeys = [_key, .. _options.OtherSigningKeys.Select(KeyOf)],
            // Fixed here, so that a token cannot choose the algorithm that verifies it.
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow().UtcDateTime,
            NameClaimType = "sub",
            RoleClaimType = "role",
        };
    }

    /// <summary>The checks that every token must pass, at every endpoint.</summary>
    public TokenValidationParameters Validation { get; }

    /// <summary>Seconds from issue to expiry.</summary>
    public int ExpiresIn => (int)_options.AccessTokenLifetime.TotalSeconds;

    public string Issue(Caller caller) => Issue(caller, Access, _options.AccessTokenLifetime);

    /// <summary>What the cookie for files holds for the session of an access token that was just issued: good for as long as its refresh token.</summary>
    public async Task<(string Token, TimeSpan Lifetime)?> OfMediaAsync(string accessToken)
        => await ValidateAsync(accessToken) is { } principal && Caller.TryOf(principal) is { } caller
            ? (Issue(caller, Media, _options.RefreshTokenLifetime), _options.RefreshTokenLifetime)
            : null;

    /// <summary>The caller whom that cookie names, as one with an access token; null if it is not such a cookie. The session is to be checked.</summary>
    public async Task<ClaimsPrincipal?> CallerOfMediaAsync(string cookie)
    {
        if (await ValidateAsync(cookie) is not { } principal || principal.FindFirst("type")?.Value != Media) return null;
        return new(new ClaimsIdentity(
            [.. principal.Claims.Where(claim => claim.Type != "type"), new Claim("type", Access)], MediaCookie.Scheme, "sub", "role"));
    }

    private string Issue(Caller caller, string type, TimeSpan lifetime)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Subject = new ClaimsIdentity(
            [
                new("sub", caller.UserId.ToString()),
                new("type", type),
                new("organization_id", caller.OrganizationId.ToString()),
                new("role", caller.Role),
                new("sid", caller.SessionId.ToString()),
                new("jti", Guid.NewGuid().ToString()),
            ]),
            Issuer = _options.Issuer,
            Audience = _options.Audience,
            IssuedAt = now,
            Expires = now + lifetime,
            SigningCredentials = new(_key, SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>The identity in a token; null if the token is not valid.</summary>
    public async Task<ClaimsPrincipal?> ValidateAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(token, Validation);
        return result.IsValid ? new ClaimsPrincipal(result.ClaimsIdentity) : null;
    }

    private static SymmetricSecurityKey KeyOf(string signingKey) => new(Encoding.UTF8.GetBytes(signingKey));
}
