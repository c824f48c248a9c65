using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Jobs;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>/api/v1/contacts (CONTRACT, section 7).</summary>
internal static class ContactEndpoints
{
    /// <summary>Registers contacts, their erasure and export, and the erasure of what is too old.</summary>
    public static void AddContacts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Contacts>();
        services.AddSingleton<EraseMessages>();
        services.AddSingleton<EraseContact>();
        services.AddSingleton<ExportContact>();
        services.AddSingleton<Retention>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;
        services.AddRecurring("unfinished erasures", _ => TimeSpan.FromMinutes(1),
            (provider, cancellationToken) => provider.GetRequiredService<EraseContact>().ContinueAsync(cancellationToken));
        services.AddRecurring("retention", _ => TimeSpan.FromHours(1),
            (provider, cancellationToken) => provider.GetRequiredService<Retention>().RunAsync(cancellationToken));
    }

    public static void MapContacts(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/contacts").WithTags("contacts");
        group.MapGet("/", List).RequireAuthorization(Policies.Read).ProducesErrors(422);
        group.MapGet("/{id:guid}", Get).RequireAuthorization(Policies.Read).ProducesErrors(404);
        group.MapPut("/{id:guid}", Change).RequireAuthorization(Policies.Write).ProducesErrors(404, 422);
        group.MapDelete("/{id:guid}", Erase).RequireAuthorization(Policies.Admin).ProducesErrors(404)
            .WithSummary("Erases a customer, and everything that was written to and by them");
        group.MapGet("/{id:guid}/export", Export).RequireAuthorization(Policies.Admin).Produces(200, contentType: "application/json").ProducesErrors(404)
            .WithSummary("Everything that is kept of a customer");
    }

    private static async Task<Results<Ok<IReadOnlyList<Contact>>, JsonHttpResult<ErrorBody>>> List(
        [AsParameters] ContactListRequest request, Caller caller, Contacts contacts, HttpResponse response, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        var limit = request.Limit ?? ContactListRequest.MostPerPage;
        if (await contacts.PageAsync(caller.OrganizationId, request.Search(), request.Before, request.Skip ?? 0, limit, cancellationToken) is not { } page)
            return new Check("query").That(false, "before", "is not a contact of this organization").Problem!;
        response.Headers["X-Total-Count"] = page.Total.ToString(CultureInfo.InvariantCulture);
        if (page.Next is { } next) response.Headers["X-Next-Cursor"] = next.ToString();
        return TypedResults.Ok(page.Items);
    }

    private static async Task<Results<Ok<Contact>, JsonHttpResult<ErrorBody>>> Get(
        Guid id, Caller caller, Contacts contacts, CancellationToken cancellationToken)
        => await contacts.FindAsync(caller.OrganizationId, id, cancellationToken) is { } contact
            ? TypedResults.Ok(contact)
            : ApiErrors.NotFound("Contact");

    private static async Task<Results<NoContent, JsonHttpResult<ErrorBody>>> Erase(
        Guid id, Caller caller, EraseContact erase, AuditTrail audit, CancellationToken cancellationToken)
    {
        if (!await erase.RunAsync(caller.OrganizationId, id, cancellationToken)) return ApiErrors.NotFound("Contact");
        await audit.RecordAsync(caller, AuditAction.ContactErased, id.ToString(), null, CancellationToken.None);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> Export(Guid id, Caller caller, ExportContact export, AuditTrail audit, CancellationToken cancellationToken)
    {
        if (await export.FindAsync(caller.OrganizationId, id, cancellationToken) is not { } customer) return ApiErrors.NotFound("Contact");
        await audit.RecordAsync(caller, AuditAction.ContactExported, id.ToString(), null, cancellationToken);
        return TypedResults.Stream(output => export.WriteAsync(customer, output, cancellationToken), "application/json", $"customer-{id}.json");
    }

    private static async Task<Results<Ok<Contact>, JsonHttpResult<ErrorBody>>> Change(
        Guid id, ContactChange change, Caller caller, Contacts contacts, CancellationToken cancellationToken)
    {
        if (change.Problem() is { } problem) return problem;
        return await contacts.ChangeAsync(caller.OrganizationId, id, change, cancellationToken) is { } contact
            ? TypedResults.Ok(contact)
            : ApiErrors.NotFound("Contact");
    }
}

internal sealed record ContactListRequest(int? Skip, int? Limit, string? Q, Guid? Before)
{
    public const int MostPerPage = 100;

    public JsonHttpResult<ErrorBody>? Problem() => new Check("query")
        .That(Skip is null or >= 0, "skip", "must not be negative")
        .That(Limit is null or (>= 1 and <= MostPerPage), "limit", $"must be between 1 and {MostPerPage}")
        .Optional("q", Q, 200)
        .Problem;

    public SearchTerms? Search() => string.IsNullOrWhiteSpace(Q) ? null : SearchTerms.Of(Q);
}

/// <summary>A null field stays as it is.</summary>
internal sealed record ContactChange(string? Name, string?[]? Tags, RawJson? Attributes)
{
    private const int LongestAttributes = 16 * 1024;

    public JsonHttpResult<ErrorBody>? Problem()
    {
        var check = new Check()
            .NotBlank("name", Name, 200)
            .That(Tags is null || Conversations.Tags.AreValid(Tags), "tags", Conversations.Tags.Rule)
            .That(Attributes is not { Text.Length: > LongestAttributes }, "attributes", "must be an object of 16 KB or less");
        if (Attributes is not { Text.Length: <= LongestAttributes } attributes) return check.Problem;
        using var document = attributes.Parse();
        check.That(document.RootElement.ValueKind == JsonValueKind.Object, "attributes", "must be an object of 16 KB or less");
        if (ContentReader.Unstorable(document.RootElement) is { } problem) check.That(false, "attributes", problem);
        return check.Problem;
    }

    /// <summary>The tags as they are to be stored.</summary>
    public string[]? CleanTags() => Tags is null ? null : Conversations.Tags.Clean(Tags);
}
