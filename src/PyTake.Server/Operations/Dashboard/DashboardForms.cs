using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;

namespace PyTake.Operations;

/// <summary>
/// Lets the dashboard change something only for its own pages. ASP.NET Core's tokens are good for the node alone that issued them, and
/// behind a proxy the form goes to another one. This token follows from the session's cookie, which no other site can read or send.
/// </summary>
internal sealed class DashboardForms : IAntiforgery
{
    private const string Header = "RequestVerificationToken";

    public AntiforgeryTokenSet GetAndStoreTokens(HttpContext httpContext) => GetTokens(httpContext);

    public AntiforgeryTokenSet GetTokens(HttpContext httpContext) => new(TokenOf(httpContext), null, Header, Header);

    public Task<bool> IsRequestValidAsync(HttpContext httpContext)
    {
        var request = httpContext.Request;
        var isReading = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        return Task.FromResult(isReading || TokenOf(httpContext) is { } token && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(request.Headers[Header].ToString())));
    }

    public async Task ValidateRequestAsync(HttpContext httpContext)
    {
        if (!await IsRequestValidAsync(httpContext)) throw new AntiforgeryValidationException("The form is not of this session");
    }

    public void SetCookieTokenAndHeader(HttpContext httpContext)
    {
    }

    private static string? TokenOf(HttpContext context) => DashboardSession.Read(context.Request) is { } session
        ? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(session), "dashboard form"u8))
        : null;
}
