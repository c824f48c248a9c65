using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Jobs;

namespace PyTake.WhatsApp.AccountEvents;

/// <summary>What Meta says of the organization's account, numbers and templates, for its administrators: /api/v1/whatsapp/events.</summary>
internal static class AccountEventEndpoints
{
    private const int Most = 100;

    public static void AddAccountEvents(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AccountEventStore>();
        if (builder.Configuration.GetValue("Workers:Enabled", true))
            builder.Services.AddRecurring("old account events", _ => TimeSpan.FromHours(6),
                (s, cancellationToken) => s.GetRequiredService<AccountEventStore>().DeleteOldAsync(cancellationToken));
    }

    public static void MapAccountEvents(this IEndpointRouteBuilder app)
        => app.MapGet("/api/v1/whatsapp/events", List).WithTags("whatsapp").RequireAuthorization(Policies.Admin).ProducesErrors(422);

    private static async Task<Results<Ok<IReadOnlyList<AccountEvent>>, JsonHttpResult<ErrorBody>>> List(
        Guid? before, int? limit, Caller caller, AccountEventStore events, CancellationToken cancellationToken)
        => new Check("query").That(limit is null or (>= 1 and <= Most), "limit", $"must be 1 to {Most}").Problem is { } problem
            ? problem
            : TypedResults.Ok(await events.ListAsync(caller.OrganizationId, before, limit ?? Most, cancellationToken));
}
