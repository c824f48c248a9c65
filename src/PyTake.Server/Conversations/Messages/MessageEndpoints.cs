using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Messages of a conversation (CONTRACT, sections 3 and 4).</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup($"{ConversationEndpoints.Path}/{{id:guid}}").WithTags("messages")
            .WithMetadata(new RequestSizeLimitAttribute(ConversationEndpoints.MostBytes));
        group.MapGet("/messages", List).RequireAuthorization(Policies.Read).ProducesErrors(404, 422);

        var write = group.MapGroup("").RequireAuthorization(Policies.Write);
        write.MapPost("/messages", Send).ProducesErrors(404, 409, 422);
        write.MapPost("/messages/{messageId:guid}/retry", Retry).ProducesErrors(404, 409);
        write.MapPost("/notes", Note).ProducesErrors(404, 409, 422);

        // Quotes lead here, whatever conversation they are of.
        app.MapGet("/api/v1/messages/{messageId:guid}", Get).WithTags("messages").RequireAuthorization(Policies.Read).ProducesErrors(404);
    }

    private static async Task<Results<Ok<Message>, JsonHttpResult<ErrorBody>>> Get(
        Guid messageId, Caller caller, MessageStore messages, CancellationToken cancellationToken)
        => await messages.FindAsync(caller.OrganizationId, messageId, cancellationToken) is { } message
            ? TypedResults.Ok(message)
            : ApiErrors.NotFound("Message");

    private static async Task<Results<Ok<IReadOnlyList<Message>>, JsonHttpResult<ErrorBody>>> List(
        Guid id, [AsParameters] MessageListRequest request, Caller caller, MessageStore messages, HttpResponse response, CancellationToken cancellationToken)
    {
        if (request.Problem() is { } problem) return problem;
        if (await messages.PageAsync(caller.OrganizationId, id, request.Query, cancellationToken) is not { } page) return ApiErrors.NotFound("Conversation");
        response.Headers["X-Total-Count"] = page.Total.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Last-Seq"] = page.LastSeq.ToString(CultureInfo.InvariantCulture);
        if (page.Next is { } next) response.Headers["X-Next-Cursor"] = next.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(page.Items);
    }

    private static async Task<Results<Created<Message>, Ok<Message>, JsonHttpResult<ErrorBody>>> Send(
        Guid id, SendMessageRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, Caller caller, SendMessage send,
        CancellationToken cancellationToken)
    {
        var outcome = await send.RunAsync(caller, id, request with { ClientMessageId = request.ClientMessageId ?? key }, cancellationToken);
        return Answer(id, outcome);
    }

    private static async Task<Results<Ok<Message>, JsonHttpResult<ErrorBody>>> Retry(
        Guid id, Guid messageId, Caller caller, RetryMessage retry, CancellationToken cancellationToken)
        => (await retry.RunAsync(caller, id, messageId, cancellationToken)).ToOk();

    private static async Task<Results<Created<Message>, Ok<Message>, JsonHttpResult<ErrorBody>>> Note(
        Guid id, AddNoteRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, Caller caller, AddNote add, CancellationToken cancellationToken)
        => new Check().Text("text", request.Text, OutboundContent.LongestText).Problem is { } problem
            ? problem
            : Answer(id, await add.RunAsync(caller, id, request with { ClientMessageId = request.ClientMessageId ?? key }, cancellationToken));

    private static Results<Created<Message>, Ok<Message>, JsonHttpResult<ErrorBody>> Answer(Guid id, Outcome<SentMessage> outcome)
    {
        if (!outcome.Is(out var sent, out var refusal)) return refusal.ToError();
        return sent.IsNew ? TypedResults.Created($"{ConversationEndpoints.Path}/{id}/messages/{sent.Message.Id}", sent.Message) : TypedResults.Ok(sent.Message);
    }
}

/// <summary>The query parameters of a conversation's message list.</summary>
internal sealed record MessageListRequest(
    [property: FromQuery(Name = "limit")] int? Limit,
    [property: FromQuery(Name = "before")] long? Before,
    [property: FromQuery(Name = "changed_after")] long? ChangedAfter,
    [property: FromQuery(Name = "skip")] int? Skip)
{
    private const int Most = 100;

    public MessageQuery Query => new(Limit ?? Most, Before, ChangedAfter, Skip);

    public JsonHttpResult<ErrorBody>? Problem() => new Check("query")
        .That(Limit is null or (>= 1 and <= Most), "limit", $"must be 1 to {Most}")
        .That(Skip is null or >= 0, "skip", "must be 0 or more")
        .That(Before is null or >= 0, "before", "must be 0 or more")
        .That(ChangedAfter is null or >= 0, "changed_after", "must be 0 or more")
        .That(Before is null || ChangedAfter is null, "before", "does not go with changed_after")
        .Problem;
}
