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

        app.MapGet("/api/v1/contacts/{id:guid}/conversations", OfContact).RequireAuthorization(Policies.Read).WithTags("contacts").ProducesErrors(404, 422);

        var write = group.MapGroup("").RequireAuthorization(Policies.Write);
        write.MapPost("/", Create).ProducesErrors(404, 409, 422);
        write.MapPut("/{id:guid}", Update).ProducesErrors(404, 409, 422);
        write.MapPost("/{id:guid}/read", Read).ProducesErrors(404, 422);
        write.MapPost("/{id:guid}/unread", Unread).ProducesErrors(404, 422);
        write.MapPost("/{id:guid}/assign", Assign).ProducesErrors(404, 409, 422);
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
        return await PageAsync(request.Of(caller), list, response, cancellationToken);
    }

    private static async Task<Results<Ok<IReadOnlyList<IListed>>, JsonHttpResult<ErrorBody>>> OfContact(
        Guid id, [FromQuery(Name = "before")] string? before, [FromQuery(Name = "limit")] int? limit, Caller caller, Contacts contacts, ConversationList list,
        HttpResponse response, CancellationToken cancellationToken)
    {
        var request = new ConversationListRequest { ContactId = id, Before = before, Limit = limit };
        if (request.Problem() is { } problem) return problem;
        if (await contacts.FindAsync(caller.OrganizationId, id, cancellationToken) is null) return ApiErrors.NotFound("Contact");
        return await PageAsync(request.Of(caller), list, response, cancellationToken);
    }

    private static async Task<Ok<IReadOnlyList<IListed>>> PageAsync(
        ConversationQuery query, ConversationList list, HttpResponse response, CancellationToken cancellationToken)
    {
        var page = await list.PageAsync(query, cancellationToken);
        response.Headers["X-Total-Count"] = page.Total.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Inbox-Seq"] = page.InboxSeq.ToString(CultureInfo.InvariantCulture);
        if (page.Next is { } next) response.Headers["X-Next-Cursor"] = next;
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

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Unread(
        Guid id, MarkUnreadRequest? request, Caller caller, MarkUnread unread, CancellationToken cancellationToken)
        => (await unread.RunAsync(caller, id, request ?? new(null), cancellationToken)).ToOk();

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
internal sealed record ConversationListRequest
{
    [FromQuery(Name = "skip")] public int? Skip { get; init; }
    [FromQuery(Name = "limit")] public int? Limit { get; init; }
    [FromQuery(Name = "status")] public string? Status { get; init; }
    [FromQuery(Name = "assigned_to_me")] public bool? AssignedToMe { get; init; }
    [FromQuery(Name = "unassigned")] public bool? Unassigned { get; init; }
    [FromQuery(Name = "active")] public bool? Active { get; init; }
    [FromQuery(Name = "view")] public string? View { get; init; }
    [FromQuery(Name = "tag")] public string? Tag { get; init; }
    [FromQuery(Name = "agent_id")] public Guid? AgentId { get; init; }
    [FromQuery(Name = "contact_id")] public Guid? ContactId { get; init; }
    [FromQuery(Name = "whatsapp_number_id")] public Guid? WhatsappNumberId { get; init; }
    [FromQuery(Name = "department_id")] public string? DepartmentId { get; init; }
    [FromQuery(Name = "unread")] public bool? Unread { get; init; }
    [FromQuery(Name = "failed")] public bool? Failed { get; init; }
    [FromQuery(Name = "q")] public string? Search { get; init; }
    [FromQuery(Name = "before")] public string? Before { get; init; }
    [FromQuery(Name = "changed_after")] public long? ChangedAfter { get; init; }

    private const int Most = 100;
    private const int LongestSearch = 200;

    public JsonHttpResult<ErrorBody>? Problem() => new Check("query")
        .That(Skip is null or >= 0, "skip", "must be 0 or more")
        .That(Limit is null or (>= 1 and <= Most), "limit", $"must be 1 to {Most}")
        .That(Status is null || ConversationStatus.IsKnown(Status), "status", "must be open, pending, resolved or closed")
        .That(View is null || InView is not null, "view", $"must be one of {string.Join(", ", ConversationViews.Names)}")
        .Optional("tag", Tag, LongestSearch)
        .That(DepartmentId is null, "department_id", "there are no departments yet")
        .That(Search is null or { Length: <= LongestSearch }, "q", $"must have {LongestSearch} characters or less")
        .That(Before is null || ConversationCursor.Parse(Before) is not null, "before", "is not a cursor of this list")
        .That(Before is null || ChangedAfter is null, "before", "does not go with changed_after")
        .That(ChangedAfter is null or >= 0, "changed_after", "must be 0 or more")
        .Problem;

    private ConversationView? InView => View is null ? null : ConversationViews.Find(View);

    public ConversationQuery Of(Caller caller) => new(
        caller.OrganizationId, caller.UserId, Skip ?? 0, Limit ?? Most, Status, AssignedToMe ?? false, Unassigned ?? false, Active, InView,
        new(string.IsNullOrWhiteSpace(Tag) ? null : Tag.Trim(), AgentId, ContactId, WhatsappNumberId, Unread, Failed),
        string.IsNullOrWhiteSpace(Search) ? null : Search, Before is null ? null : ConversationCursor.Parse(Before), ChangedAfter);
}
