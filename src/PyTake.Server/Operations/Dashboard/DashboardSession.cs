using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Jobs;

namespace PyTake.Operations;

/// <summary>
/// Authenticates browsers at the dashboard, where links cannot carry a token: an access token in a cookie that is sent only to the
/// dashboard's pages and is out of reach of scripts and other sites. It expires like any access token, and the session and the right are
/// checked in the database with every request, so that a logout or a lost right takes effect at once.
/// </summary>
internal static class DashboardSession
{
    /// <summary>As <see cref="Policies.Operate"/>, for requests with the cookie.</summary>
    public const string Policy = "dashboard";

    private const string Scheme = "dashboard";
    private const string Cookie = "pytake_dashboard";
    private static readonly string SignInPage = ReadSignInPage();

    /// <summary>Registers the session, and the figures that the dashboard shows besides jobs.</summary>
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
        // If an antiforgery service is registered, the dashboard requires its token for every change.
        services.AddSingleton<IAntiforgery, DashboardForms>();
        services.AddSingleton<DashboardFigures>();
        services.AddSingleton<ReadWorkFigures>(s => s.GetRequiredService<DashboardFigures>().ReadAsync);
    }

    /// <summary>Maps the dashboard and its sign-in, unless this node's settings disable it.</summary>
    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<IOptions<JobOptions>>().Value.Dashboard) return;
        app.MapHangfireDashboard(back: "/operations", used: Record).RequireAuthorization(Policy);
        app.MapPost("/api/v1/ops/dashboard", Open).RequireAuthorization(Policies.Operate).WithTags("operations");
    }

    /// <summary>The access token in the browser's cookie; null if there is none.</summary>
    public static string? Read(HttpRequest request) => request.Cookies[Cookie] is { Length: > 0 } session ? session : null;

    private static async Task<IResult> Open(
        Caller caller, AccessTokens tokens, AuditTrail audit, HttpContext context, CancellationToken cancellationToken)
    {
        await audit.RecordAsync(caller, AuditAction.DashboardOpened, null, null, cancellationToken);
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

    private static async Task Record(HttpContext context)
    {
        var caller = (await Caller.BindAsync(context, null))!;
        await context.RequestServices.GetRequiredService<AuditTrail>().RecordAsync(
            caller, AuditAction.DashboardUsed, context.Request.Path, null, CancellationToken.None);
    }

    // Only the cookie counts: a browser's link cannot carry an Authorization header, and these pages do not accept one.
    private static Task ReadCookie(MessageReceivedContext context)
    {
        if (Read(context.Request) is { } token) context.Token = token;
        else context.NoResult();
        return Task.CompletedTask;
    }

    // Still 401, but a browser gets a page that leads to the sign-in.
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
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        await response.WriteAsync(SignInPage.Replace("{nonce}", nonce, StringComparison.Ordinal), context.HttpContext.RequestAborted);
    }

    private static string ReadSignInPage()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(typeof(DashboardSession), "sign-in.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>The path at which the dashboard is now open to this browser; <paramref name="ExpiresIn"/> in seconds.</summary>
public sealed record DashboardOpened(string Path, int ExpiresIn);
