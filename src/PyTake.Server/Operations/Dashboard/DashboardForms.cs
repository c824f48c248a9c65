using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;

namespace PyTake.Operations;

/// <summary>
/// Protects the dashboard's forms against cross-site requests. ASP.NET Core's antiforgery tokens are valid only on the node that issued
/// them, and a proxy may send the form to another one. This token is derived from the session's cookie, which no other site can read or send.
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
        if (!await IsRequestValidAsync(httpContext)) throw new AntiforgeryValidationException("The form does not belong to this session");
    }

    public void SetCookieTokenAndHeader(HttpContext httpContext)
    {
    }

    private static string? TokenOf(HttpContext context) => DashboardSession.Read(context.Request) is { } session
        ? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(session), "dashboard form"u8))
        : null;
}
