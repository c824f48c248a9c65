using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>What links lead to, for people who cannot log in yet, and how administrators get one.</summary>
internal static class LinkEndpoints
{
    private const string NotGood = "This link was used already, was replaced by a newer one, or has expired";

    public static void MapLinks(this IEndpointRouteBuilder app)
    {
        var auth = app.MapGroup("/api/v1/auth").WithTags("auth");
        auth.MapPost("/forgot", Forgot).AllowAnonymous().ProducesErrors(422, 429)
            .WithSummary("Mails links for a new password to an address, one for each of its accounts; the answer is the same if it has none");
        auth.MapPost("/reset", Reset).AllowAnonymous().ProducesErrors(400, 422, 429).WithSummary("Sets a new password; all sessions of the user end");
        auth.MapPost("/invitation", Show).AllowAnonymous().ProducesErrors(400, 422, 429).WithSummary("Who invites whom; it uses nothing up");
        auth.MapPost("/accept-invitation", Accept).AllowAnonymous().ProducesErrors(400, 422, 429).WithSummary("Answers an invitation, as a login does");
        var users = app.MapGroup("/api/v1/users/{id:guid}").RequireAuthorization(Policies.Admin).WithTags("users");
        users.MapPost("/invitation", InviteAgain).ProducesErrors(404, 409).WithSummary("Another link for a member who has not answered; the former one is void");
        users.MapPost("/password-reset", ResetFor).ProducesErrors(404, 409).WithSummary("A link for a member who forgot their password");
    }

    private static async Task<Results<Accepted<Said>, JsonHttpResult<ErrorBody>>> Forgot(
        ForgotRequest request, MailQueue mails, PublicAddress address, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        if (await limits.GuessExceededAsync(context, $"{context.Connection.Key()} forgot") is { } exceeded) return exceeded;
        if (address.Of(context.Request) is { } home)
            await mails.SendAsync(new MailRequest(AccountLinks.Reset, request.Email!.Trim()) { Address = home.ToString() }, cancellationToken);
        return TypedResults.Accepted((string?)null, new Said(true, "If the address has an account, a mail with a link is on its way"));
    }

    private static async Task<Results<Ok<Said>, JsonHttpResult<ErrorBody>>> Reset(
        ResetRequest request, AccountLinks links, SetPassword setPassword, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (await limits.StepExceededAsync(context) is { } exceeded) return exceeded;
        if (request.Token is null || await links.FindAsync(request.Token, AccountLinks.Reset, cancellationToken) is not { } account) return ApiErrors.BadRequest(NotGood);
        if (new Check().NewPassword("new_password", request.NewPassword, account.Email, account.FullName, account.OrganizationName).Problem is { } problem)
            return problem;
        return await setPassword.ResetAsync(account, request.Token, request.NewPassword!, Device.Of(context), cancellationToken)
            ? TypedResults.Ok(new Said(true, "The password is changed, log in with it"))
            : ApiErrors.BadRequest(NotGood);
    }

    private static async Task<Results<Ok<InvitationShown>, JsonHttpResult<ErrorBody>>> Show(
        InvitationRequest request, AccountLinks links, AccountRateLimits limits, HttpContext context, CancellationToken cancellationToken)
    {
        if (await limits.StepExceededAsync(context) is { } exceeded) return exceeded;
        return request.Token is not null && await links.FindAsync(request.Token, AccountLinks.Invitation, cancellationToken) is { } account
            ? TypedResults.Ok(new InvitationShown(
                account.Email, account.FullName, account.Role, account.OrganizationName, account.InvitedBy, account.ExpiresAt))
            : ApiErrors.BadRequest(NotGood);
    }

    private static async Task<Results<Ok<LoginAnswer>, JsonHttpResult<ErrorBody>>> Accept(
        AcceptRequest request, AccountLinks links, SetPassword setPassword, LoginAnswers answers, AccountRateLimits limits, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (await limits.StepExceededAsync(context) is { } exceeded) return exceeded;
        if (request.Token is null || await links.FindAsync(request.Token, AccountLinks.Invitation, cancellationToken) is not { } account)
            return ApiErrors.BadRequest(NotGood);
        if (request.Problem(account) is { } problem) return problem;
        return await setPassword.AcceptAsync(
            account, request.Token, request.Password!, request.FullName?.Trim(), Device.Of(context), cancellationToken) is { } signedIn
            ? TypedResults.Ok(await answers.OfAsync(signedIn, context, cancellationToken))
            : ApiErrors.BadRequest(NotGood);
    }

    private static async Task<Results<Ok<InvitationLink>, JsonHttpResult<ErrorBody>>> InviteAgain(
        Guid id, Caller caller, Invitations invitations, PublicAddress address, HttpContext context, CancellationToken cancellationToken)
    {
        if (address.Of(context.Request) is not { } home) return ApiErrors.Conflict(PublicAddress.Unknown);
        return await invitations.RenewAsync(caller, id, AccountLinks.Invitation, home, cancellationToken) switch
        {
            LinkOutcome.Sent { Link: var link } => TypedResults.Ok(new InvitationLink(link.Url, link.ExpiresAt, link.Mailed)),
            LinkOutcome.Unfit => ApiErrors.Conflict("The user has answered their invitation"),
            _ => ApiErrors.NotFound("User"),
        };
    }

    private static async Task<Results<Ok<ResetLink>, JsonHttpResult<ErrorBody>>> ResetFor(
        Guid id, Caller caller, Invitations invitations, PublicAddress address, HttpContext context, CancellationToken cancellationToken)
    {
        if (address.Of(context.Request) is not { } home) return ApiErrors.Conflict(PublicAddress.Unknown);
        return await invitations.RenewAsync(caller, id, AccountLinks.Reset, home, cancellationToken) switch
        {
            LinkOutcome.Sent { Link: var link } => TypedResults.Ok(new ResetLink(link.Url, link.ExpiresAt, link.Mailed)),
            LinkOutcome.Unfit => ApiErrors.Conflict("The user has not answered their invitation: send it again"),
            _ => ApiErrors.NotFound("User"),
        };
    }
}

internal sealed record ForgotRequest(string? Email)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check().Email(Email).Problem;
}

internal sealed record ResetRequest(string? Token, string? NewPassword);

/// <summary>In a body, because addresses are logged on their way.</summary>
internal sealed record InvitationRequest(string? Token);

internal sealed record AcceptRequest(string? Token, string? Password, string? FullName)
{
    public JsonHttpResult<ErrorBody>? Problem(LinkedAccount account) => new Check()
        .NewPassword("password", Password, account.Email, FullName ?? account.FullName, account.OrganizationName)
        .NotBlank("full_name", FullName, 200)
        .Problem;
}

internal sealed record InvitationShown(string Email, string FullName, string Role, string OrganizationName, string? InvitedBy, DateTime ExpiresAt);

/// <summary>An invitation's link, which is shown only now.</summary>
/// <param name="Mailed">Whether a mail with it is on its way.</param>
internal sealed record InvitationLink(string InvitationUrl, DateTime InvitationExpiresAt, bool Mailed);

/// <summary>The link of a new password, which is shown only now.</summary>
/// <inheritdoc cref="InvitationLink"/>
internal sealed record ResetLink(string ResetUrl, DateTime ResetExpiresAt, bool Mailed);

/// <summary>The answer of what has nothing to show.</summary>
internal sealed record Said(bool Success, string Message);
