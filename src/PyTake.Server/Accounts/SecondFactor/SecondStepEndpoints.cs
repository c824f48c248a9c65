using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Accounts;

internal static class SecondStepEndpoints
{
    public static void MapSecondStep(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/auth").WithTags("auth").AllowAnonymous();
        group.MapPost("/mfa", Finish).ProducesErrors(401, 422, 429)
            .WithSummary("Finishes a login with a code of the authenticator app, or with a recovery code");
        group.MapPost("/passkey/options", AskForPasskey).ProducesErrors(401, 409, 429)
            .WithSummary("What a passkey is to sign: as the second step of a login (mfa_token), or as its only one");
        group.MapPost("/passkey", FinishWithPasskey).ProducesErrors(401, 409, 422, 429).WithSummary("Logs in with a passkey");
    }

    private static async Task<Results<Ok<LoginAnswer>, JsonHttpResult<ErrorBody>>> Finish(
        SecondStepRequest request, SecondStep step, LoginAnswers answers, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        if (await limits.StepExceededAsync(context) is { } exceeded) return exceeded;
        return await AnswerAsync(
            await step.FinishAsync(request.MfaToken!, request.Code!, Device.Of(context), cancellationToken), "The code is not right", answers, context, cancellationToken);
    }

    private static async Task<Results<Ok<PasskeyAsked>, JsonHttpResult<ErrorBody>>> AskForPasskey(
        PasskeyStepRequest request, SecondStep step, PublicAddress address, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (await limits.StepExceededAsync(context) is { } exceeded) return exceeded;
        if (address.Of(context.Request) is not { } home) return ApiErrors.Conflict(PublicAddress.Unknown);
        return await step.AskForPasskeyAsync(request.MfaToken, home, cancellationToken) is { } asked ? TypedResults.Ok(asked) : Over();
    }

    private static async Task<Results<Ok<LoginAnswer>, JsonHttpResult<ErrorBody>>> FinishWithPasskey(
        PasskeyAnswer request, SecondStep step, LoginAnswers answers, PublicAddress address, AccountRateLimits limits, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        if (await limits.StepExceededAsync(context) is { } exceeded) return exceeded;
        if (address.Of(context.Request) is not { } home) return ApiErrors.Conflict(PublicAddress.Unknown);
        return await AnswerAsync(
            await step.FinishWithPasskeyAsync(request.State!, request.Credential!.Value, home, Device.Of(context), cancellationToken),
            "The passkey is not known here", answers, context, cancellationToken);
    }

    private static async Task<Results<Ok<LoginAnswer>, JsonHttpResult<ErrorBody>>> AnswerAsync(
        SecondStepOutcome outcome, string wrong, LoginAnswers answers, HttpContext context, CancellationToken cancellationToken)
    {
        switch (outcome)
        {
            case SecondStepOutcome.Admitted { SignedIn: var signedIn }:
                return TypedResults.Ok(await answers.OfAsync(signedIn, context, cancellationToken));
            case SecondStepOutcome.Locked { For: var wait }:
                return Overload.TooManyRequests(context.Response, wait);
            case SecondStepOutcome.Inactive:
                return ApiErrors.Forbidden("The account is inactive");
            case SecondStepOutcome.Wrong:
                return ApiErrors.Error(401, wrong);
            default:
                return Over();
        }
    }

    private static JsonHttpResult<ErrorBody> Over() => ApiErrors.Error(401, "The login took too long, log in again");
}

internal sealed record SecondStepRequest(string? MfaToken, string? Code)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check().Text("mfa_token", MfaToken, 100).Text("code", Code, 100).Problem;
}

internal sealed record PasskeyStepRequest(string? MfaToken);

internal sealed record PasskeyAnswer(string? State, RawJson? Credential)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .Text("state", State, 100)
        .That(Credential is { Text.Length: <= 20_000 }, "credential", "must be what the browser's credential gives as JSON")
        .Problem;
}
