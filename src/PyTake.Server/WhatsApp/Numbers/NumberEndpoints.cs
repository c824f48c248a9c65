using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.WhatsApp.Numbers;

/// <summary>The organization's numbers under /api/v1/whatsapp (CONTRACT, section 7).</summary>
internal static class NumberEndpoints
{
    private const string Path = "/api/v1/whatsapp";
    private const string Taken = "This phone_number_id is in use";

    public static void MapNumbers(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Path).WithTags("whatsapp");
        group.MapGet("/", List).RequireAuthorization(Policies.Read);
        group.MapGet("/{id:guid}", Get).RequireAuthorization(Policies.Read).ProducesErrors(404);
        group.MapGet("/{id:guid}/templates", ListTemplates).RequireAuthorization(Policies.Read).ProducesErrors(404, 502);
        group.MapPost("/", Create).RequireAuthorization(Policies.Admin).ProducesErrors(409, 422);
        group.MapPut("/{id:guid}", Change).RequireAuthorization(Policies.Admin).ProducesErrors(404, 409, 422);
        group.MapDelete("/{id:guid}", Delete).RequireAuthorization(Policies.Admin).ProducesErrors(404);
    }

    private static async Task<Ok<IReadOnlyList<Number>>> List(Caller caller, NumberStore numbers, CancellationToken cancellationToken)
        => TypedResults.Ok(await numbers.ListAsync(caller.OrganizationId, cancellationToken));

    private static async Task<Results<Ok<Number>, JsonHttpResult<ErrorBody>>> Get(
        Guid id, Caller caller, NumberStore numbers, CancellationToken cancellationToken)
        => await numbers.FindAsync(caller.OrganizationId, id, cancellationToken) is { } number
            ? TypedResults.Ok(number)
            : ApiErrors.NotFound("WhatsApp number");

    private static async Task<Results<Ok<IReadOnlyList<RawJson>>, JsonHttpResult<ErrorBody>>> ListTemplates(
        Guid id, string? status, Caller caller, NumberStore numbers, Templates templates, CancellationToken cancellationToken)
    {
        if (await numbers.TemplateOwnerAsync(caller.OrganizationId, id, cancellationToken) is not var (ownerId, accessToken))
            return ApiErrors.NotFound("WhatsApp number");
        if (accessToken is null) return ApiErrors.Error(502, "WhatsApp was not asked: the stored access token cannot be decrypted; save it again");
        return await templates.ListAsync(ownerId, accessToken, new(Status: status), cancellationToken) switch
        {
            TemplatesAnswer.Found { Templates: var found } => TypedResults.Ok(found),
            TemplatesAnswer.Refused { Reason: var reason } => ApiErrors.Error(502, $"WhatsApp did not list the templates: {reason}"),
            _ => ApiErrors.Error(502, "WhatsApp could not be reached"),
        };
    }

    private static async Task<Results<Created<Number>, JsonHttpResult<ErrorBody>>> Create(
        CreateNumberRequest request, Caller caller, ClaimNumber numbers, AuditTrail audit, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        var saved = await numbers.AddAsync(caller.OrganizationId, request, cancellationToken);
        if (saved is not NumberSaved.Done { Number: var number }) return Refused(saved);
        await audit.RecordAsync(
            caller, AuditAction.NumberCreated, number.Id.ToString(), new { number.PhoneNumberId, number.PhoneNumber }, CancellationToken.None);
        return TypedResults.Created($"{Path}/{number.Id}", number);
    }

    private static async Task<Results<Ok<Number>, JsonHttpResult<ErrorBody>>> Change(
        Guid id, NumberChange change, Caller caller, ClaimNumber numbers, AuditTrail audit, CancellationToken cancellationToken)
    {
        if (change.Problem() is { } problem) return problem;
        var saved = await numbers.ChangeAsync(caller.OrganizationId, id, change, cancellationToken);
        if (saved is not NumberSaved.Done { Number: var number }) return Refused(saved);
        await audit.RecordAsync(caller, AuditAction.NumberChanged, number.Id.ToString(), new { Changed = change.Fields() }, CancellationToken.None);
        return TypedResults.Ok(number);
    }

    private static JsonHttpResult<ErrorBody> Refused(NumberSaved saved) => saved switch
    {
        NumberSaved.Unproven { Field: var field, Reason: var reason } => ApiErrors.Invalid(field, reason),
        NumberSaved.Taken => ApiErrors.Conflict(Taken),
        NumberSaved.TooMany { Most: var most } => ApiErrors.Conflict($"The organization has {most} numbers, which is as many as it may have"),
        _ => ApiErrors.NotFound("WhatsApp number"),
    };

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> Delete(
        Guid id, Caller caller, NumberStore numbers, AuditTrail audit, CancellationToken cancellationToken)
    {
        if (!await numbers.DeleteAsync(caller.OrganizationId, id, cancellationToken)) return ApiErrors.NotFound("WhatsApp number");
        await audit.RecordAsync(caller, AuditAction.NumberDeleted, id.ToString(), null, CancellationToken.None);
        return TypedResults.NoContent();
    }
}

internal sealed record CreateNumberRequest(
    string? PhoneNumberId, string? PhoneNumber, string? DisplayName, string? AccessToken, string? AppSecret, string? WebhookVerifyToken, string? WabaId)
{
    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .Text("phone_number_id", PhoneNumberId, 100).MetaId("phone_number_id", PhoneNumberId)
        .Text("phone_number", PhoneNumber, 50)
        .Text("display_name", DisplayName, 200)
        .Text("access_token", AccessToken, 4096).HeaderValue("access_token", AccessToken)
        .Optional("app_secret", AppSecret, 256).Secret("app_secret", AppSecret, MetaChecks.ShortestAppSecret)
        .Optional("webhook_verify_token", WebhookVerifyToken, 1024).Secret("webhook_verify_token", WebhookVerifyToken, MetaChecks.ShortestVerifyToken)
        .Optional("waba_id", WabaId, 100).MetaId("waba_id", WabaId)
        .Problem;
}

/// <summary>A null member stays as it is; an empty app_secret, webhook_verify_token or waba_id is cleared.</summary>
internal sealed record NumberChange(
    string? PhoneNumberId, string? PhoneNumber, string? DisplayName, string? AccessToken, string? AppSecret, string? WebhookVerifyToken, string? WabaId,
    bool? IsActive)
{
    /// <summary>The names of what is changed; the values of some are secret.</summary>
    public string[] Fields() =>
    [
        .. new (string Name, bool IsChanged)[]
        {
            ("phone_number_id", PhoneNumberId is not null), ("phone_number", PhoneNumber is not null), ("display_name", DisplayName is not null),
            ("access_token", AccessToken is not null), ("app_secret", AppSecret is not null),
            ("webhook_verify_token", WebhookVerifyToken is not null), ("waba_id", WabaId is not null), ("is_active", IsActive is not null),
        }.Where(field => field.IsChanged).Select(field => field.Name),
    ];

    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .NotBlank("phone_number_id", PhoneNumberId, 100).MetaId("phone_number_id", PhoneNumberId)
        .NotBlank("phone_number", PhoneNumber, 50)
        .NotBlank("display_name", DisplayName, 200)
        .NotBlank("access_token", AccessToken, 4096).HeaderValue("access_token", AccessToken)
        .Optional("app_secret", AppSecret, 256).Secret("app_secret", AppSecret, MetaChecks.ShortestAppSecret)
        .Optional("webhook_verify_token", WebhookVerifyToken, 1024).Secret("webhook_verify_token", WebhookVerifyToken, MetaChecks.ShortestVerifyToken)
        .Optional("waba_id", WabaId, 100).MetaId("waba_id", WabaId)
        .Problem;
}

/// <summary>Checks of values that go into requests to Meta. Surrounding blanks, often pasted along, are trimmed.</summary>
internal static class MetaChecks
{
    // What signs webhooks must not be guessable: Meta's own have 32 characters.
    public const int ShortestAppSecret = 32;
    public const int ShortestVerifyToken = 16;

    /// <summary>A secret that may be missing or empty, but not short.</summary>
    public static Check Secret(this Check check, string field, string? value, int shortest)
        => check.That(value?.Trim() is null or "" || value.Trim().Length >= shortest, field, $"must have {shortest} characters or more");

    public static Check MetaId(this Check check, string field, string? value)
        => check.That(value?.Trim().All(char.IsAsciiDigit) is not false, field, "must be digits");

    public static Check HeaderValue(this Check check, string field, string? value)
        => check.That(value?.Trim().All(c => c is > ' ' and < '\x7f') is not false, field, "must be one word of ASCII characters");
}
