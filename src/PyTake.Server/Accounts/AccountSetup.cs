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

        services.AddSingleton<SecretBox>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton(provider => new TokenReader(provider.GetRequiredService<AccessTokens>()));
        services.AddSingleton(provider => new SocketAdmission(provider.GetRequiredService<Sessions>()));
        services.AddSingleton<Passwords>();
        services.AddSingleton<OrganizationStore>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<Login>();
        services.AddSingleton<Register>();
        services.AddSingleton<Users>();
        services.AddSingleton<AccountRateLimits>();
        services.AddSingleton<OperatingOrganization>();
        if (builder.Configuration.GetValue("Workers:Enabled", true))
            services.AddRecurring("expired sessions", _ => TimeSpan.FromHours(1),
                (provider, cancellationToken) => provider.GetRequiredService<Sessions>().DeleteExpiredAsync(cancellationToken));
        AddAuthentication(services);
        AddPolicies(services);
    }

    /// <summary>Routes under /api/v1/auth and /api/v1/users.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapAuth();
        app.MapUsers();
    }

    private static void AddAuthentication(IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
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
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, SessionOverAsUnauthenticated>();
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Read, policy => policy.RequireAuthenticatedUser())
            .AddPolicy(Policies.Write, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin, Role.Agent])))
            .AddPolicy(Policies.Admin, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin])))
            .AddPolicy(Policies.Operate, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right([Role.OrgAdmin], OnlyOperators: true)));
    }
}
