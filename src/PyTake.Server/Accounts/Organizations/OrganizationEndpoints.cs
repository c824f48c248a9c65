using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Accounts;

internal static class OrganizationEndpoints
{
    public static void MapOrganization(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/organization").WithTags("organization");
        group.MapGet("/", Get).RequireAuthorization(Policies.Own);
        group.MapPut("/", Change).RequireAuthorization(Policies.Admin).ProducesErrors(422)
            .WithSummary("Changes the name, whether members need a second factor (those without one may then only set one up), and for how many days messages are kept");
    }

    private static async Task<Ok<Organization>> Get(Caller caller, OrganizationStore store, CancellationToken cancellationToken)
        => TypedResults.Ok(await store.GetAsync(caller.OrganizationId, cancellationToken));

    private static async Task<Results<Ok<Organization>, JsonHttpResult<ErrorBody>>> Change(
        OrganizationChange change, Caller caller, OrganizationStore store, Sessions sessions, AuditTrail audit, CancellationToken cancellationToken)
    {
        if (change.Problem() is { } problem) return problem;
        var changed = await store.ChangeAsync(caller.OrganizationId, change, cancellationToken);
        sessions.NotifyOrganizationChanged(caller.OrganizationId);
        await audit.RecordAsync(caller, AuditAction.OrganizationChanged, caller.OrganizationId.ToString(), changed, CancellationToken.None);
        return TypedResults.Ok(changed);
    }
}

/// <summary>A missing field stays as it is; without days, everything is kept.</summary>
internal sealed record OrganizationChange(string? Name, bool? MfaRequired, OptionalNumber RetentionDays)
{
    private const int Longest = 36_500;

    public JsonHttpResult<ErrorBody>? Problem() => new Check()
        .NotBlank("name", Name, 200)
        .That(RetentionDays.Number is null or (>= 1 and <= Longest), "retention_days", $"must be between 1 and {Longest}, or null")
        .Problem;
}
