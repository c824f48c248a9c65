using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>One's own second factors. What adds or removes one asks for the password again, because an open browser may be anybody's.</summary>
internal static class SecondFactorEndpoints
{
    private const string NeedsOne = "You need a second factor: set up another one first";

    public static void MapSecondFactors(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/users/me/mfa").RequireAuthorization(Policies.Own).WithTags("second factor");
        group.MapGet("/", Show).WithSummary("What is set up");
        group.MapPost("/totp", BeginTotp).ProducesErrors(409, 422, 429).WithSummary("A new secret for an authenticator app; it counts after its first code");
        group.MapPost("/totp/confirm", ConfirmTotp).ProducesErrors(409, 422, 429).WithSummary("Confirms it; the first factor comes with recovery codes");
        group.MapDelete("/totp", RemoveTotp).ProducesErrors(409, 422, 429);
        group.MapPost("/recovery-codes", NewRecoveryCodes).ProducesErrors(409, 422, 429).WithSummary("Ten new recovery codes; the old ones are void");
        group.MapPost("/passkeys/options", AskToRegister).ProducesErrors(409, 422, 429).WithSummary("What the browser makes a passkey with");
        group.MapPost("/passkeys", AddPasskey).ProducesErrors(400, 409, 422).WithSummary("Adds the passkey that the browser made");
        group.MapDelete("/passkeys/{id:guid}", RemovePasskey).ProducesErrors(404, 409, 422, 429);
        app.MapDelete("/api/v1/users/{id:guid}/mfa", Reset).RequireAuthorization(Policies.Admin).WithTags("second factor").ProducesErrors(404)
            .WithSummary("Forgets the factors of a member who lost them, and ends their sessions");
    }

    private static async Task<Ok<SecondFactorsShown>> Show(
        Caller caller, Sessions sessions, SecondFactors factors, PublicAddress address, HttpContext context, CancellationToken cancellationToken)
    {
        var has = await factors.OfAsync(caller.UserId, cancellationToken);
        return TypedResults.Ok(new SecondFactorsShown(
            await IsRequiredAsync(caller, sessions, cancellationToken), has.Totp, has.Passkeys, has.RecoveryCodesLeft, address.Of(context.Request) is not null));
    }

    private static async Task<Results<Ok<TotpBegun>, JsonHttpResult<ErrorBody>>> BeginTotp(
        OwnPassword own, Caller caller, SetPassword passwords, TotpSecrets totp, Users users, AccountRateLimits limits, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (await own.ProblemAsync(caller, passwords, limits, context, cancellationToken) is { } problem) return problem;
        var user = (await users.FindAsync(caller.OrganizationId, caller.UserId, cancellationToken))!;
        return await totp.BeginAsync(caller.UserId, cancellationToken) is { } secret
            ? TypedResults.Ok(new TotpBegun(secret, TotpSecrets.UriOf(secret, user.Email)))
            : ApiErrors.Conflict("The authenticator app is set up already: turn it off first");
    }

    private static async Task<Results<Ok<FactorConfirmed>, JsonHttpResult<ErrorBody>>> ConfirmTotp(
        CodeRequest request, Caller caller, SecondFactors factors, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        return await factors.ConfirmTotpAsync(caller, request.Code!.Trim(), cancellationToken) switch
        {
            FactorAdded.Done { RecoveryCodes: var codes } => TypedResults.Ok(new FactorConfirmed(codes)),
            FactorAdded.Locked { For: var wait } => Overload.TooManyRequests(context.Response, wait),
            FactorAdded.NothingAsked => ApiErrors.Conflict("There is nothing to confirm: ask for a secret first"),
            _ => ApiErrors.Invalid("code", "is not right"),
        };
    }

    private static Task<Results<NoContent, JsonHttpResult<ErrorBody>>> RemoveTotp(
        [FromBody] OwnPassword own, Caller caller, SetPassword passwords, SecondFactors factors, Sessions sessions, AccountRateLimits limits,
        HttpContext context, CancellationToken cancellationToken)
        => RemoveAsync(null, own, caller, passwords, factors, sessions, limits, context, cancellationToken);

    private static async Task<Results<Ok<FactorConfirmed>, JsonHttpResult<ErrorBody>>> NewRecoveryCodes(
        OwnPassword own, Caller caller, SetPassword passwords, SecondFactors factors, AccountRateLimits limits, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (await own.ProblemAsync(caller, passwords, limits, context, cancellationToken) is { } problem) return problem;
        return await factors.NewRecoveryCodesAsync(caller, cancellationToken) is { } codes
            ? TypedResults.Ok(new FactorConfirmed(codes))
            : ApiErrors.Conflict("Set up a second factor first");
    }

    private static async Task<Results<Ok<PasskeyAsked>, JsonHttpResult<ErrorBody>>> AskToRegister(
        OwnPassword own, Caller caller, SetPassword passwords, Passkeys passkeys, SecondFactors factors, Users users, PublicAddress address,
        AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (address.Of(context.Request) is not { } home) return ApiErrors.Conflict(PublicAddress.Unknown);
        if (await own.ProblemAsync(caller, passwords, limits, context, cancellationToken) is { } problem) return problem;
        if ((await factors.OfAsync(caller.UserId, cancellationToken)).Passkeys.Count >= Passkeys.MostOfAUser)
            return ApiErrors.Conflict($"You have {Passkeys.MostOfAUser} passkeys: remove one first");
        var user = (await users.FindAsync(caller.OrganizationId, caller.UserId, cancellationToken))!;
        return TypedResults.Ok(await passkeys.AskToRegisterAsync(user, home, cancellationToken));
    }

    private static async Task<Results<Created<PasskeyAdded>, JsonHttpResult<ErrorBody>>> AddPasskey(
        PasskeyMade request, Caller caller, SecondFactors factors, PublicAddress address, HttpContext context, CancellationToken cancellationToken)
    {
        if (address.Of(context.Request) is not { } home) return ApiErrors.Conflict(PublicAddress.Unknown);
        if (request.Problem() is { } problem) return problem;
        return await factors.AddPasskeyAsync(caller, request.State!, request.Name!.Trim(), request.Credential!.Value, home, cancellationToken) switch
        {
            FactorAdded.Done { Passkey: { } passkey, RecoveryCodes: var codes } => TypedResults.Created((string?)null, new PasskeyAdded(passkey, codes)),
            FactorAdded.NothingAsked => ApiErrors.BadRequest("It took too long, try again"),
            _ => ApiErrors.Invalid("credential", "is not what was asked for"),
        };
    }

    private static Task<Results<NoContent, JsonHttpResult<ErrorBody>>> RemovePasskey(
        Guid id, [FromBody] OwnPassword own, Caller caller, SetPassword passwords, SecondFactors factors, Sessions sessions, AccountRateLimits limits,
        HttpContext context, CancellationToken cancellationToken)
        => RemoveAsync(id, own, caller, passwords, factors, sessions, limits, context, cancellationToken);

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> RemoveAsync(
        Guid? passkey, OwnPassword own, Caller caller, SetPassword passwords, SecondFactors factors, Sessions sessions, AccountRateLimits limits,
        HttpContext context, CancellationToken cancellationToken)
    {
        if (await own.ProblemAsync(caller, passwords, limits, context, cancellationToken) is { } problem) return problem;
        return await factors.RemoveAsync(caller, passkey, await IsRequiredAsync(caller, sessions, cancellationToken), cancellationToken) switch
        {
            FactorRemoved.Done => TypedResults.NoContent(),
            FactorRemoved.Required => ApiErrors.Conflict(NeedsOne),
            _ => ApiErrors.NotFound("Passkey"),
        };
    }

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> Reset(
        Guid id, Caller caller, Users users, SecondFactors factors, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(caller.OrganizationId, id, cancellationToken) is not { } user) return ApiErrors.NotFound("User");
        await factors.ResetAsync(caller, user.Id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<bool> IsRequiredAsync(Caller caller, Sessions sessions, CancellationToken cancellationToken)
        => await sessions.FindAsync(caller, cancellationToken) is { MfaRequired: true };
}

/// <summary>The caller's password, to show that it is them.</summary>
internal sealed record OwnPassword(string? CurrentPassword)
{
    /// <summary>The error to answer if it is not right, or if too many were tried; otherwise null.</summary>
    public async Task<JsonHttpResult<ErrorBody>?> ProblemAsync(
        Caller caller, SetPassword passwords, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (new Check().Typed("current_password", CurrentPassword).Problem is { } problem) return problem;
        if (await limits.GuessExceededAsync(context, $"{caller.UserId} password") is { } exceeded) return exceeded;
        return await passwords.IsOwnAsync(caller, CurrentPassword!, cancellationToken) ? null : ApiErrors.Invalid("current_password", "is not right");
    }
}

internal sealed record CodeRequest(string? Code)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check().Text("code", Code, 20).Problem;
}

internal sealed record PasskeyMade(string? State, string? Name, RawJson? Credential)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .Text("state", State, 100)
        .Text("name", Name, 100)
        .That(Credential is { Text.Length: <= 20_000 }, "credential", "must be what the browser's credential gives as JSON")
        .Problem;
}

/// <param name="Required">Whether the user must keep at least one factor.</param>
/// <param name="Totp">Whether an authenticator app is set up.</param>
/// <param name="PasskeysPossible">Whether the installation has the public address that passkeys are bound to.</param>
internal sealed record SecondFactorsShown(bool Required, bool Totp, IReadOnlyList<Passkey> Passkeys, int RecoveryCodesLeft, bool PasskeysPossible);

/// <param name="Secret">In base32, to be typed.</param>
/// <param name="Uri">The same for a QR code.</param>
internal sealed record TotpBegun(string Secret, string Uri);

/// <param name="RecoveryCodes">Shown only now; null if the user had some already.</param>
internal sealed record FactorConfirmed(IReadOnlyList<string>? RecoveryCodes);

/// <inheritdoc cref="FactorConfirmed"/>
internal sealed record PasskeyAdded(Passkey Passkey, IReadOnlyList<string>? RecoveryCodes);
