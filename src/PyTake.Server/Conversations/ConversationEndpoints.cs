using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>/api/v1/conversations (CONTRACT, section 3).</summary>
internal static class ConversationEndpoints
{
    public const string Path = "/api/v1/conversations";

    /// <summary>The limit of a request's body: many times the longest message, and still small.</summary>
    public const int MostBytes = 256 * 1024;

    private const int LongestReason = 1000;

    public static void MapConversations(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Path).WithTags("conversations").WithMetadata(new RequestSizeLimitAttribute(MostBytes));
        var read = group.MapGroup("").RequireAuthorization(Policies.Read);
        read.MapGet("/", List).ProducesErrors(422);
        read.MapGet("/metrics", Metrics).ProducesErrors(422);
        read.MapGet("/{id:guid}", Get).ProducesErrors(404);

        var write = group.MapGroup("").RequireAuthorization(Policies.Write);
        write.MapPost("/", Create).ProducesErrors(404, 409, 422);
        write.MapPut("/{id:guid}", Update).ProducesErrors(404, 409, 422);
        write.MapPost("/{id:guid}/read", Read).ProducesErrors(404, 422);
        write.MapPost("/{id:guid}/assign", Assign).ProducesErrors(404, 422);
        write.MapPost("/{id:guid}/transfer", Transfer).ProducesErrors(404, 422);
        write.MapPost("/{id:guid}/close", Close).ProducesErrors(400, 404, 422);
        write.MapPost("/{id:guid}/reopen", Reopen).ProducesErrors(400, 404, 409);
        write.MapPost("/queue/pull", Pull).ProducesErrors(404);
        app.MapPost("/api/v1/queue/pull", Pull).RequireAuthorization(Policies.Write).WithTags("conversations").ProducesErrors(404);
    }

    private static async Task<Results<Ok<IReadOnlyList<IListed>>, JsonHttpResult<ErrorBody>>> List(
        [AsParameters] ConversationListRequest request, Caller caller, ConversationList list, HttpResponse response, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        var query = request.Of(caller);
        var page = await list.PageAsync(query, cancellationToken);
        response.Headers["X-Total-Count"] = page.Total.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Inbox-Seq"] = page.InboxSeq.ToString(CultureInfo.InvariantCulture);
        if (page.Next is { } next) response.Headers["X-Next-Cursor"] = next.ToString();
        return TypedResults.Ok(page.RowsOf(query));
    }

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Get(
        Guid id, Caller caller, ChangeConversation conversations, CancellationToken cancellationToken)
        => (await conversations.SeenByAsync(caller, id, cancellationToken)).ToOk();

    private static async Task<Results<Created<Conversation>, JsonHttpResult<ErrorBody>>> Create(
        CreateConversationRequest request, Caller caller, CreateConversation create, CancellationToken cancellationToken)
        => (await create.RunAsync(caller, request, cancellationToken)).ToCreated(c => $"{Path}/{c.Id}");

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Update(
        Guid id, UpdateConversationRequest request, Caller caller, UpdateConversation update, CancellationToken cancellationToken)
        => (await update.RunAsync(caller, id, request, cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Read(
        Guid id, MarkReadRequest? request, Caller caller, MarkRead read, CancellationToken cancellationToken)
        => (await read.RunAsync(caller, id, request ?? new(null), cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Assign(
        Guid id, AssignConversationRequest request, Caller caller, AssignConversation assign, CancellationToken cancellationToken)
        => (await assign.RunAsync(caller, id, request, cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Transfer(
        Guid id, TransferConversationRequest request, Caller caller, TransferConversation transfer, CancellationToken cancellationToken)
        => new Check().Optional("note", request.Note, OutboundContent.LongestText).Problem is { } problem
            ? problem
            : (await transfer.RunAsync(caller, id, request, cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Close(
        Guid id, CloseConversationRequest? request, Caller caller, CloseConversation close, CancellationToken cancellationToken)
        => new Check().Optional("reason", request?.Reason, LongestReason).Problem is { } problem
            ? problem
            : (await close.RunAsync(caller, id, request ?? new(null), cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Reopen(
        Guid id, Caller caller, ReopenConversation reopen, CancellationToken cancellationToken)
        => (await reopen.RunAsync(caller, id, cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Pull(
        Caller caller, PullConversation pull, CancellationToken cancellationToken)
        => (await pull.RunAsync(caller, cancellationToken)).ToOk();

    private static async Task<Ok<ConversationTotals>> Metrics(
        [FromQuery(Name = "since")] DateTimeOffset? since, Caller caller, ConversationTotalsStore totals, CancellationToken cancellationToken)
        => TypedResults.Ok(await totals.OfAsync(caller.OrganizationId, since?.UtcDateTime, cancellationToken));
}

/// <summary>The query parameters of the conversation list.</summary>
internal sealed record ConversationListRequest(
    [property: FromQuery(Name = "skip")] int? Skip,
    [property: FromQuery(Name = "limit")] int? Limit,
    [property: FromQuery(Name = "status")] string? Status,
    [property: FromQuery(Name = "assigned_to_me")] bool? AssignedToMe,
    [property: FromQuery(Name = "unassigned")] bool? Unassigned,
    [property: FromQuery(Name = "active")] bool? Active,
    [property: FromQuery(Name = "view")] string? View,
    [property: FromQuery(Name = "q")] string? Search,
    [property: FromQuery(Name = "before")] string? Before,
    [property: FromQuery(Name = "changed_after")] long? ChangedAfter)
{
    private const int Most = 100;
    private const int LongestSearch = 200;

    public JsonHttpResult<ErrorBody>? Problem() => new Check("query")
        .That(Skip is null or >= 0, "skip", "must be 0 or more")
        .That(Limit is null or (>= 1 and <= Most), "limit", $"must be 1 to {Most}")
        .That(Status is null || ConversationStatus.IsKnown(Status), "status", "must be open, pending, resolved or closed")
        .That(View is null || InView is not null, "view", $"must be one of {string.Join(", ", ConversationViews.Names)}")
        .That(Search is null or { Length: <= LongestSearch }, "q", $"must have {LongestSearch} characters or less")
        .That(Before is null || ConversationCursor.Parse(Before) is not null, "before", "is not a cursor of this list")
        .That(Before is null || ChangedAfter is null, "before", "does not go with changed_after")
        .That(ChangedAfter is null or >= 0, "changed_after", "must be 0 or more")
        .Problem;

    private ConversationView? InView => View is null ? null : ConversationViews.Find(View);

    public ConversationQuery Of(Caller caller) => new(
        caller.OrganizationId, caller.UserId, Skip ?? 0, Limit ?? Most, Status, AssignedToMe ?? false, Unassigned ?? false, Active, InView,
        string.IsNullOrWhiteSpace(Search) ? null : Search, Before is null ? null : ConversationCursor.Parse(Before), ChangedAfter);
}
