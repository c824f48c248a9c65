using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Knows the browsers from which an account has been logged in to, by a cookie that each login leaves (OWASP: slow down guessing with device cookies). Their
/// attempts are counted for themselves, so that strangers who guess at an account do not lock its owner out. The cookie opens nothing: it only
/// decides where an attempt is counted. It is an HMAC over a random number and the user, so that nothing is stored here. The user and not the address, because
/// whoever administers another organization can make an account with the same address and log in to it as often as they like.
/// </summary>
internal sealed class KnownDevices(IOptions<AccountOptions> options, TimeProvider time)
{
    private const string Prefix = "pytake_device_";
    private const string Path = "/api/v1/auth/login";
    // Agents of several shifts share a machine; the cookies of more would not fit into a header that nginx takes.
    private const int MostAccounts = 20;
    private const int NumberSize = 16, TimeSize = 8, MacSize = 32;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);

    /// <summary>The cookie that a browser keeps for an e-mail address; null if it has none.</summary>
    public static string? CookieOf(HttpRequest request, string email) => request.Cookies[NameFor(email)];

    /// <summary>The number of the device whose cookie this is, if the user was logged in to there; otherwise null.</summary>
    public string? Recognize(string cookie, Guid userId)
    {
        if (cookie.Length > 200 || !Base64Url.IsValid(cookie)) return null;
        var bytes = Base64Url.DecodeFromChars(cookie);
        if (bytes.Length != NumberSize + TimeSize + MacSize) return null;
        var signed = bytes.AsSpan(0, NumberSize + TimeSize);
        var mac = bytes.AsSpan(NumberSize + TimeSize);
        var isOurs = false;
        foreach (var key in options.Value.OtherSigningKeys.Prepend(options.Value.SigningKey))
            isOurs |= CryptographicOperations.FixedTimeEquals(mac, Mac(key, userId, signed));
        var age = time.UtcNow() - DateTime.UnixEpoch.AddSeconds(BinaryPrimitives.ReadInt64BigEndian(signed[NumberSize..]));
        return isOurs && age < Lifetime ? Convert.ToHexStringLower(signed[..NumberSize]) : null;
    }

    /// <summary>Leaves a cookie with a new number, for a user who has just logged in.</summary>
    public void Remember(HttpContext context, User user)
    {
        Span<byte> bytes = stackalloc byte[NumberSize + TimeSize + MacSize];
        var signed = bytes[..(NumberSize + TimeSize)];
        RandomNumberGenerator.Fill(signed[..NumberSize]);
        BinaryPrimitives.WriteInt64BigEndian(signed[NumberSize..], time.GetUtcNow().ToUnixTimeSeconds());
        Mac(options.Value.SigningKey, user.Id, signed).CopyTo(bytes[(NumberSize + TimeSize)..]);

        var (name, cookies) = (NameFor(user.Email), context.Response.Cookies);
        cookies.Append(name, Base64Url.EncodeToString(bytes), Options(context.Request, Lifetime));
        foreach (var other in context.Request.Cookies.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal) && key != name).Skip(MostAccounts - 1))
            cookies.Delete(other, Options(context.Request, null));
    }

    // A cookie for each address, under a name that does not tell whose it is.
    private static string NameFor(string email) => Prefix + Convert.ToHexStringLower(LoginAttempts.KeyOfAccount(email).AsSpan(0, 6));

    private static CookieOptions Options(HttpRequest request, TimeSpan? lifetime) => new()
    {
        Path = Path,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = request.IsHttps,
        MaxAge = lifetime,
    };

    // Begins with what no token begins with, since access tokens are signed with the same keys.
    private static byte[] Mac(string key, Guid userId, ReadOnlySpan<byte> signed)
    {
        byte[] text = [.. "known device\0"u8, .. userId.ToByteArray(), .. signed];
        return HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), text);
    }
}
