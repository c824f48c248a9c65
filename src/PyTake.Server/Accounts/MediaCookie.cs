using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

/// <summary>
/// The cookie by which a browser gets files, because an image or a video in a page cannot send an access token. It is good for reading files and for
/// nothing else, is sent to no other path and by no other site's page, and ends with its session.
/// </summary>
internal static class MediaCookie
{
    public const string Name = "pytake_media";

    /// <summary>The name of its authentication scheme.</summary>
    public const string Scheme = "media-cookie";

    private const string Path = "/api/v1/media";

    /// <summary>Sets the cookie with every answer that has a token in it, and deletes it with the one to a logout.</summary>
    public static async ValueTask<object?> Follow(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        var value = ((result as INestedHttpResult)?.Result ?? result as IResult) is IValueHttpResult { Value: { } answer } ? answer : null;
        var http = context.HttpContext;
        if (value is LogoutAnswer) http.Response.Cookies.Delete(Name, Options(http));
        var token = value switch
        {
            LoginAnswer login => login.Token,
            RegisterAnswer registered => registered.Token,
            Token fresh => fresh,
            _ => null,
        };
        if (token is not null && await http.RequestServices.GetRequiredService<AccessTokens>().OfMediaAsync(token.AccessToken) is { } cookie)
            http.Response.Cookies.Append(Name, cookie.Token, Options(http, cookie.Lifetime));
        return result;
    }

    private static CookieOptions Options(HttpContext context, TimeSpan? lifetime = null) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = Path,
        Secure = context.Request.IsHttps,
        MaxAge = lifetime,
        IsEssential = true,
    };
}

/// <summary>Reads the cookie, for requests that read and that bring no token.</summary>
internal sealed class MediaCookieHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var isReading = HttpMethods.IsGet(Request.Method) || HttpMethods.IsHead(Request.Method);
        if (!isReading || Request.Headers.Authorization.Count > 0 || Request.Cookies[MediaCookie.Name] is not { } cookie) return AuthenticateResult.NoResult();
        return await tokens.CallerOfMediaAsync(cookie) is { } principal
            ? AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name))
            : AuthenticateResult.Fail("Not a cookie for files");
    }
}
