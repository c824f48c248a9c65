using PyTake.Accounts;
using PyTake.Http;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Shows webhook items to operators, who can replay or discard deferred ones (CONTRACT, section 7).</summary>
internal static partial class WebhookItemEndpoints
{
    private static readonly string[] States = ["pending", DeferredItem.Parked, DeferredItem.Dead];

    public static void MapWebhookItems(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/ops").RequireAuthorization(Policies.Operate).WithTags("Operations");
        group.MapGet("/lanes", (WebhookItemStore items, CancellationToken cancellationToken) => items.PartitionsAsync(cancellationToken));
        group.MapGet("/items", List);
        group.MapGet("/items/{id:long}", Get);
        group.MapPost("/items/{id:long}/replay", Replay);
        group.MapPost("/items/{id:long}/discard", Discard);
    }

    private static async Task<IResult> List(WebhookItemStore items, CancellationToken cancellationToken, string? state = null, long? before = null, int limit = 100)
    {
        var states = state?.Split(',', StringSplitOptions.TrimEntries) ?? States;
        var unknown = states.Except(States).FirstOrDefault();
        var problem = new Check("query")
            .That(unknown is null, "state", $"'{unknown}' is none of {string.Join(", ", States)}")
            .That(limit is >= 1 and <= 1000, "limit", "must be from 1 to 1000")
            .Problem;
        if (problem is not null) return problem;
        return TypedResults.Ok(await items.ListAsync(states, before, limit, cancellationToken));
    }

    private static async Task<IResult> Get(long id, WebhookItemStore items, CancellationToken cancellationToken)
        => await items.FindAsync(id, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : ApiErrors.NotFound("Item");

    private static async Task<IResult> Replay(
        long id, Caller caller, WebhookItemStore items, DeferredItems deferred, PartitionSignals partitions, FailedItems failed, AuditTrail audit,
        ILogger<WebhookItemStore> logger, CancellationToken cancellationToken)
    {
        if (await deferred.ReplayAsync(id, cancellationToken) is not { } partition) return await NotDeferredAsync(id, items, cancellationToken);
        LogReplayed(logger, id, caller.UserId);
        failed.Notify(id);
        partitions.Stored(PartitionSignals.Bits([partition]));
        await audit.RecordAsync(caller, AuditAction.ItemReplayed, $"{id}", null, CancellationToken.None);
        return TypedResults.Ok(new Done(id, "pending"));
    }

    private static async Task<IResult> Discard(
        long id, Caller caller, WebhookItemStore items, DeferredItems deferred, FailedItems failed, AuditTrail audit, ILogger<WebhookItemStore> logger,
        CancellationToken cancellationToken)
    {
        if (!await deferred.DiscardAsync(id, cancellationToken)) return await NotDeferredAsync(id, items, cancellationToken);
        failed.Notify(id);
        LogDiscarded(logger, id, caller.UserId);
        await audit.RecordAsync(caller, AuditAction.ItemDiscarded, $"{id}", null, CancellationToken.None);
        return TypedResults.Ok(new Done(id, "discarded"));
    }

    private static async Task<IResult> NotDeferredAsync(long id, WebhookItemStore items, CancellationToken cancellationToken)
        => await items.FindAsync(id, cancellationToken) is null
            ? ApiErrors.NotFound("Item")
            : ApiErrors.Conflict("The item is not deferred: it waits for its turn already");

    private sealed record Done(long Id, string State);

    [LoggerMessage(3020, LogLevel.Information, "Webhook item {ItemId} is replayed by user {UserId}")]
    private static partial void LogReplayed(ILogger logger, long itemId, Guid userId);

    [LoggerMessage(3021, LogLevel.Information, "Webhook item {ItemId} is discarded by user {UserId}")]
    private static partial void LogDiscarded(ILogger logger, long itemId, Guid userId);
}
