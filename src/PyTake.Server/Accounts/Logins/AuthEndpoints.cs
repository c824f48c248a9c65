using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PyTake.Http;

namespace PyTake.Accounts;

internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/auth").WithTags("auth").AddEndpointFilter(MediaCookie.Follow);
        group.MapPost("/login", LogIn).AllowAnonymous().ProducesErrors(401, 403, 422, 429, 503);
        group.MapPost("/register", RegisterOrganization).AllowAnonymous().ProducesErrors(400, 403, 422, 429, 503);
        group.MapPost("/refresh", Refresh).AllowAnonymous().ProducesErrors(401, 422, 429);
        group.MapPost("/logout", LogOut).RequireAuthorization(Policies.Own).ProducesErrors(422);
        group.MapGet("/me", Me).RequireAuthorization(Policies.Own);
        group.MapGet("/verify-token", VerifyToken).RequireAuthorization(Policies.Own);
    }

    private static async Task<Results<Ok<LoginAnswer>, Ok<SecondFactorAsked>, JsonHttpResult<ErrorBody>>> LogIn(
        LoginRequest request, Login login, LoginAnswers answers, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        switch (await login.RunAsync(request, LoginOrigin.Of(context, request.Email!), cancellationToken))
        {
            case LoginOutcome.Admitted { SignedIn: var signedIn }:
                return TypedResults.Ok(await answers.OfAsync(signedIn, context, cancellationToken));
            case LoginOutcome.SecondFactor { Asked: var asked }:
                return TypedResults.Ok(new SecondFactorAsked(true, asked.MfaToken, asked.Methods, (int)Challenges.Lifetime.TotalSeconds));
            case LoginOutcome.Locked { For: var wait }:
                context.Response.SetRetryAfter(wait);
                return ApiErrors.Forbidden(
                    $"The account is locked after too many failed logins, try again in {context.Response.Headers.RetryAfter} seconds");
            case LoginOutcome.TooOften { Wait: var wait }:
                return Overload.TooManyRequests(context.Response, wait);
            case LoginOutcome.Inactive:
                return ApiErrors.Forbidden("The account is inactive");
            default:
                return ApiErrors.Error(401, "Incorrect email or password");
        }
    }

    private static async Task<Results<Created<RegisterAnswer>, JsonHttpResult<ErrorBody>>> RegisterOrganization(
        RegisterRequest request, Register register, AccountRateLimits limits, IOptions<AccountOptions> options, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (!options.Value.Registration) return ApiErrors.Forbidden("Registration is closed");
        if (await limits.RegisterExceededAsync(context) is { } exceeded) return exceeded;
        if (request.Problem() is { } problem) return problem;

        return await register.RunAsync(
            request, Device.Of(context), context.Connection.Key(), cancellationToken) is var (user, token, _)
            ? TypedResults.Created("/api/v1/auth/me", new RegisterAnswer(user, token, "Registration successful"))
            : ApiErrors.BadRequest("Email already registered");
    }

    private static async Task<Results<Ok<Token>, JsonHttpResult<ErrorBody>>> Refresh(
        RefreshRequest request, Sessions sessions, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        var owner = await sessions.OwnerAsync(request.RefreshToken!, cancellationToken);
        if (await limits.RefreshExceededAsync(context, owner) is { } exceeded) return exceeded;

        return await sessions.RefreshAsync(request.RefreshToken!, context.Connection.Address(), cancellationToken) is { } token
            ? TypedResults.Ok(token)
            : ApiErrors.Error(401, "Invalid refresh token");
    }

    private static async Task<Results<Ok<LogoutAnswer>, JsonHttpResult<ErrorBody>>> LogOut(
        RefreshRequest request, Caller caller, Sessions sessions, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        await sessions.EndAsync(caller, request.RefreshToken!, cancellationToken);
        return TypedResults.Ok(new LogoutAnswer(true, "Logged out"));
    }

    private static async Task<Results<Ok<Me>, JsonHttpResult<ErrorBody>>> Me(
        Caller caller, Sessions sessions, Users users, CancellationToken cancellationToken)
    {
        if (await sessions.FindAsync(caller, cancellationToken) is not { } standing
            || await users.FindAsync(caller.OrganizationId, caller.UserId, cancellationToken) is not { } user)
            return ApiErrors.Error(401, "Not authenticated");
        return TypedResults.Ok(new Me(user, Permissions.Of(standing.Role, standing.Operates), standing.MustEnrol));
    }

    private static async Task<Results<Ok<VerifiedToken>, JsonHttpResult<ErrorBody>>> VerifyToken(
        Caller caller, Sessions sessions, CancellationToken cancellationToken)
        => await sessions.FindAsync(caller, cancellationToken) is { } standing
            ? TypedResults.Ok(new VerifiedToken(true, caller.UserId, caller.OrganizationId, standing.Role))
            : ApiErrors.Error(401, "Not authenticated");
}

internal sealed record LoginRequest(string? Email, string? Password)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check().Text("email", Email, 254).Typed("password", Password).Problem;
}

internal sealed record RegisterRequest(string? Email, string? Password, string? FullName, string? OrganizationName)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .Email(Email)
        .NewPassword("password", Password, Email, FullName, OrganizationName)
        .Text("full_name", FullName, 200)
        .Text("organization_name", OrganizationName, 200)
        .Problem;
}

internal sealed record RefreshRequest(string? RefreshToken)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check().Text("refresh_token", RefreshToken, 1024).Problem;
}

internal sealed record RegisterAnswer(User User, Token Token, string Message);

internal sealed record LogoutAnswer(bool Success, string Message);

internal sealed record VerifiedToken(bool Valid, Guid UserId, Guid OrganizationId, string Role);
