using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Jobs;

namespace PyTake.Operations;

/// <summary>
/// How a browser holds the right to see the dashboard, since it cannot send a token with a link: an access token in a cookie that only
/// the dashboard's pages are sent, that no script can read and no other site can use. It is good as long as any access token, and
/// looked up in the database with every request, so that a logout or a lost right is felt at once.
/// </summary>
internal static class DashboardSession
{
    /// <summary>As <see cref="Policies.Operate"/>, for who comes with the cookie.</summary>
    public const string Policy = "dashboard";

    private const string Scheme = "dashboard";
    private const string Cookie = "pytake_dashboard";
    private static readonly string SignInPage = ReadSignInPage();

    /// <summary>The session, and what the dashboard shows besides jobs.</summary>
    public static void AddDashboard(this IServiceCollection services)
    {
        services.AddAuthentication().AddJwtBearer(Scheme, _ => { });
        services.AddOptions<JwtBearerOptions>(Scheme).Configure<AccessTokens>((options, tokens) =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = tokens.Validation;
            options.Events = new JwtBearerEvents { OnMessageReceived = ReadCookie, OnChallenge = AskToSignIn };
        });
        services.AddAuthorizationBuilder().AddPolicy(Policy, policy => policy
            .AddAuthenticationSchemes(Scheme).RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin], OnlyOperators: true)));
        // The dashboard asks for its token with whatever changes something, where there is one to be had.
        services.AddSingleton<IAntiforgery, DashboardForms>();
        services.AddSingleton<DashboardFigures>();
        services.AddSingleton<ReadWorkFigures>(s => s.GetRequiredService<DashboardFigures>().ReadAsync);
    }

    /// <summary>The dashboard and the way in, unless this node does not show them.</summary>
    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<IOptions<JobOptions>>().Value.Dashboard) return;
        app.MapHangfireDashboard(back: "/operations").RequireAuthorization(Policy);
        app.MapPost("/api/v1/ops/dashboard", Open).RequireAuthorization(Policies.Operate).WithTags("operations");
    }

    /// <summary>What the browser's cookie holds; null where it has none.</summary>
    public static string? Read(HttpRequest request) => request.Cookies[Cookie] is { Length: > 0 } session ? session : null;

    private static IResult Open(Caller caller, AccessTokens tokens, HttpContext context)
    {
        context.Response.Cookies.Append(Cookie, tokens.Issue(caller), new CookieOptions
        {
            Path = Dashboard.Path,
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            MaxAge = TimeSpan.FromSeconds(tokens.ExpiresIn),
        });
        return TypedResults.Ok(new DashboardOpened(Dashboard.Path, tokens.ExpiresIn));
    }

    // The cookie alone: an Authorization header cannot come from a browser's link, and is not for these pages.
    private static Task ReadCookie(MessageReceivedContext context)
    {
        if (Read(context.Request) is { } token) context.Token = token;
        else context.NoResult();
        return Task.CompletedTask;
    }

    // 401 all the same; who looks at it with a browser finds where to sign in.
    private static async Task AskToSignIn(JwtBearerChallengeContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)) return;
        context.HandleResponse();
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var response = context.Response;
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        await response.WriteAsync(SignInPage.Replace("{nonce}", nonce, StringComparison.Ordinal), context.HttpContext.RequestAborted);
    }

    private static string ReadSignInPage()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(typeof(DashboardSession), "sign-in.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>Where the dashboard is now open to the browser that asked; <paramref name="ExpiresIn"/> in seconds.</summary>
public sealed record DashboardOpened(string Path, int ExpiresIn);
