using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Hosting;
using PyTake.Jobs;

namespace PyTake.Accounts;

internal static class AccountSetup
{
    /// <summary>Registers authentication and authorization: settings, tokens, policies, and the admission of sockets.</summary>
    public static void AddAccounts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        // Registered first, so that explicit settings override the demo's defaults.
        services.AddOptions<AccountOptions>().Configure<IOptions<DemoOptions>>((options, demo) => { if (demo.Value.Enabled) options.UseDemoDefaults(); });
        services.AddSettings<AccountOptions>(AccountOptions.Section);
        services.AddSettings<OperationsOptions>(OperationsOptions.Section);
        services.AddSettings<EncryptionOptions>(EncryptionOptions.Section);
        services.AddSettings<MailOptions>(MailOptions.Section);

        services.AddSingleton<SecretBox>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton(provider => new TokenReader(provider.GetRequiredService<AccessTokens>()));
        services.AddSingleton(provider => new SocketAdmission(provider.GetRequiredService<Sessions>()));
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<OrganizationStore>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<LoginAttempts>();
        services.AddSingleton<KnownDevices>();
        services.AddHosted<FailedLogins>();
        services.AddSingleton<Login>();
        services.AddSingleton<Register>();
        services.AddSingleton<Users>();
        services.AddSingleton<AccountRateLimits>();
        services.AddSingleton<OperatingOrganization>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<AccountLinks>();
        services.AddSingleton<Invitations>();
        services.AddSingleton<SetPassword>();
        services.AddSingleton<LoginAnswers>();
        services.AddSingleton<MailQueue>();
        services.AddSingleton<MailJob>();
        services.AddSingleton<Challenges>();
        services.AddSingleton<CodeAttempts>();
        services.AddSingleton<TotpSecrets>();
        services.AddSingleton<PasskeyStore>();
        services.AddSingleton<Passkeys>();
        services.AddSingleton<SecondFactors>();
        services.AddSingleton<SecondStep>();
        if (builder.Configuration.GetValue("Workers:Enabled", true)) AddRecurring(services);
        AddAuthentication(services);
        AddPolicies(services);
    }

    /// <summary>Routes under /api/v1/auth, /api/v1/users, /api/v1/organization and /api/v1/audit.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapAuth();
        app.MapUsers();
        app.MapLinks();
        app.MapSessions();
        app.MapSecondStep();
        app.MapSecondFactors();
        app.MapOrganization();
        app.MapAudit();
    }

    private static void AddRecurring(IServiceCollection services)
    {
        services.AddRecurring("expired sessions", _ => TimeSpan.FromHours(1),
            (provider, cancellationToken) => provider.GetRequiredService<Sessions>().DeleteExpiredAsync(cancellationToken));
        services.AddRecurring("forgotten login attempts", _ => TimeSpan.FromMinutes(15),
            (provider, cancellationToken) => provider.GetRequiredService<LoginAttempts>().DeleteForgottenAsync(cancellationToken));
        services.AddRecurring("old audit events", _ => TimeSpan.FromHours(1),
            (provider, cancellationToken) => provider.GetRequiredService<AuditTrail>().DeleteOldAsync(cancellationToken));
        services.AddRecurring("expired links", _ => TimeSpan.FromHours(1), async (provider, cancellationToken) =>
        {
            await provider.GetRequiredService<AccountLinks>().DeleteExpiredAsync(cancellationToken);
            await provider.GetRequiredService<Challenges>().DeleteExpiredAsync(cancellationToken);
        });
        services.AddRecurring("mail without a job", _ => TimeSpan.FromMinutes(2),
            (provider, cancellationToken) => provider.GetRequiredService<MailQueue>().CatchUpAsync(cancellationToken));
    }

    private static void AddAuthentication(IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer()
            .AddScheme<AuthenticationSchemeOptions, MediaCookieHandler>(MediaCookie.Scheme, null);
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<AccessTokens>((options, tokens) =>
        {
            options.MapInboundClaims = false;
            options.IncludeErrorDetails = false;
            options.SaveToken = false;
            options.TokenValidationParameters = tokens.Validation;
            options.Events = new JwtBearerEvents { OnMessageReceived = ReadQuery, OnTokenValidated = DemandAccessToken };
        });
    }

    // Browsers can't send headers with a WebSocket or an EventSource. Everywhere else a token in the URL is ignored.
    private static Task ReadQuery(MessageReceivedContext context)
    {
        if (context.Request.Path.StartsWithSegments("/hubs") && context.Request.Headers.Authorization.Count == 0)
            context.Token = context.Request.Query["access_token"];
        return Task.CompletedTask;
    }

    private static Task DemandAccessToken(TokenValidatedContext context)
    {
        if (Caller.TryOf(context.Principal!) is null) context.Fail("Not an access token");
        else context.Principal = TokenReader.WithoutToken(context.Principal!);
        return Task.CompletedTask;
    }

    private static void AddPolicies(IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, RightHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, FailuresInWords>();
        services.AddAuthorizationBuilder()
            // A route that names no policy is closed to everybody, so that a forgotten one is noticed and harms nobody.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build())
            .AddPolicy(Policies.Own, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin, Role.Agent, Role.Viewer], EvenToEnrol: true)))
            .AddPolicy(Policies.Read, policy => policy.RequireAuthenticatedUser()
                .AddRequirements(new Right([Role.OrgAdmin, Role.Agent, Role.Viewer], Recent: true)))
            .AddPolicy(Policies.Write, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin, Role.Agent])))
            .AddPolicy(Policies.Media, policy => policy
                .AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme, MediaCookie.Scheme)
                .RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin, Role.Agent, Role.Viewer])))
            .AddPolicy(Policies.Admin, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin])))
            .AddPolicy(Policies.Operate, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin], OnlyOperators: true)));
    }
}
