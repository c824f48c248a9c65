using Microsoft.AspNetCore.Http;
using PyTake.Conversations;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Case 52: Meta may have accepted a message without our knowing.</summary>
public class UnknownOutcomeTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    [Fact]
    public async Task A_time_out_is_never_sent_again_by_itself_and_fails_with_words_that_say_so()
    {
        await using var sending = await Sending.StartAsync(("RequestTimeout", "00:00:00.3"), ("UnknownWait", "00:00:00.3"));
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, (request, context) => request.Said == "first" ? sending.Graph.Hang(context) : FakeGraph.Accept());

        var first = await sending.SendAsync(conversation, "first");
        var second = await sending.SendAsync(conversation, "second");
        var failed = await sending.UntilAsync(first, MessageStatus.Failed);
        await sending.UntilAsync(second, MessageStatus.Sent);

        Assert.Equal("timeout", failed.ErrorCode);
        Assert.Contains("may have arrived", failed.ErrorMessage);
        Assert.Equal(["first", "second"], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Said));
    }

    [Fact]
    public async Task Later_messages_to_the_customer_wait_and_others_do_not()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        var other = await sending.OpenConversationAsync(conversation.Organization);
        sending.Graph.Answer(conversation.Organization, (request, context) => request.Said == "first" ? FakeGraph.Break(context) : FakeGraph.Accept());

        var first = await sending.SendAsync(conversation, "first");
        var second = await sending.SendAsync(conversation, "second");
        var unknown = await sending.UntilAsync(first, m => m.State == "unknown");
        await sending.UntilAsync(await sending.SendAsync(other, "other"), MessageStatus.Sent);

        Assert.Equal((MessageStatus.Pending, "unanswered"), (unknown.Status, unknown.ErrorClass));
        Assert.Equal("queued", (await sending.FindAsync(second))!.State);
        Assert.Equal(["first", "other"], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Said));
    }

    [Fact]
    public async Task A_status_that_names_the_message_settles_it_and_the_next_goes_on()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, (request, context) => request.Said == "first" ? FakeGraph.Break(context) : FakeGraph.Accept());

        var first = await sending.SendAsync(conversation, "first");
        var second = await sending.SendAsync(conversation, "second");
        await sending.UntilAsync(first, m => m.State == "unknown");
        await sending.TickAsync(conversation, "wamid.by-status", "sent", first);
        await sending.UntilAsync(second, MessageStatus.Sent);

        Assert.Equal("wamid.by-status", (await sending.FindAsync(first))!.WhatsappMessageId);
        Assert.Equal(["first", "second"], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Said));
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(500)]
    public async Task A_message_answered_with_a_5xx_without_Graphs_error_may_have_arrived(int status)
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, _ => Task.FromResult<IResult?>(Results.Text("<html>Bad gateway</html>", statusCode: status)));

        var id = await sending.SendAsync(conversation, "hello?");

        await sending.UntilAsync(id, m => m.State == "unknown");
        Assert.Single(sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task An_acceptance_without_an_id_may_be_one()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, _ => Task.FromResult<IResult?>(Results.Json(new { messages = Array.Empty<object>() })));

        await sending.UntilAsync(await sending.SendAsync(conversation, "hello?"), m => m.State == "unknown");
    }

    [Fact]
    public async Task What_a_dead_node_was_sending_becomes_unknown_and_then_fails()
    {
        await using var sending = await Sending.StartAsync(("UnknownWait", "00:00:00.2"));
        var conversation = await sending.OpenConversationAsync();
        var (first, second) = await LeftByDeadNodeAsync(sending, conversation);

        var failed = await sending.UntilAsync(first, MessageStatus.Failed);
        await sending.UntilAsync(second, MessageStatus.Sent);

        Assert.Equal("timeout", failed.ErrorCode);
        Assert.Equal("second", Assert.Single(sending.Graph.RequestsOf(conversation.Organization)).Said);
    }

    [Fact]
    public async Task What_a_dead_node_was_sending_is_settled_by_a_status()
    {
        await using var sending = await Sending.StartAsync();
        var conversation = await sending.OpenConversationAsync();
        var (first, second) = await LeftByDeadNodeAsync(sending, conversation);
        await sending.UntilAsync(first, m => m.State == "unknown");

        await sending.TickAsync(conversation, "wamid.of-the-dead", "delivered", first);
        await sending.UntilAsync(second, MessageStatus.Sent);

        Assert.Equal(MessageStatus.Delivered, (await sending.FindAsync(first))!.Status);
        Assert.Equal("second", Assert.Single(sending.Graph.RequestsOf(conversation.Organization)).Said);
    }

    [Fact]
    public async Task An_answer_that_arrives_after_the_message_was_marked_as_failed_still_gives_it_its_wamid()
    {
        await using var sending = await Sending.StartAsync(("Lease", "00:00:00.1"), ("RequestTimeout", "00:00:10"), ("UnknownWait", "00:00:00.1"));
        var conversation = await sending.OpenConversationAsync();
        var failed = new TaskCompletionSource();
        sending.Graph.Answer(conversation.Organization, async _ =>
        {
            await failed.Task.WaitAsync(Sending.Deadline);
            return null;
        });

        var id = await sending.SendAsync(conversation, "slow");
        await sending.Graph.WaitForAsync(conversation.Organization, 1);
        // As if this node had slept for longer than its lease.
        await sending.Database.ExecuteAsync("update outbox set lease_until = now() - interval '1 minute' where message_id = @id", new { id });
        await sending.UntilAsync(id, MessageStatus.Failed);
        failed.SetResult();

        var message = await sending.UntilAsync(id, m => m.WhatsappMessageId is not null);
        Assert.Equal(MessageStatus.Failed, message.Status);
    }

    [Fact]
    public async Task An_agent_may_send_it_again()
    {
        await using var sending = await Sending.StartAsync(("UnknownWait", "00:00:00.1"));
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, (request, context) => request.Number == 1 ? FakeGraph.Break(context) : FakeGraph.Accept());
        var id = await sending.SendAsync(conversation, "again");
        await sending.UntilAsync(id, MessageStatus.Failed);

        (await conversation.Organization.Agent.Http.Post($"{conversation.Path}/messages/{id}/retry")).Expect(System.Net.HttpStatusCode.OK);

        var sent = await sending.UntilAsync(id, MessageStatus.Sent);
        Assert.Equal(FakeGraph.WamidOf(sending.Graph.RequestsOf(conversation.Organization)[1]), sent.WhatsappMessageId);
    }

    [Fact]
    public async Task A_node_that_stops_waits_for_Metas_answer()
    {
        await using var sending = await Sending.StartAsync();
        var leaving = sending.Node;
        var conversation = await sending.OpenConversationAsync();
        var stopping = new TaskCompletionSource();
        sending.Graph.Answer(conversation.Organization, async _ =>
        {
            await stopping.Task.WaitAsync(Sending.Deadline);
            return null;
        });
        var id = await sending.SendAsync(conversation, "last words");
        await sending.Graph.WaitForAsync(conversation.Organization, 1);

        sending.AddNode();
        var stopped = sending.StopAsync(leaving);
        stopping.SetResult();
        await stopped.WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken);

        Assert.Equal(MessageStatus.Sent, (await sending.FindAsync(id))!.Status);
        Assert.Single(sending.Graph.RequestsOf(conversation.Organization));
    }

    // The rows that a node leaves when it is killed between its request to Meta and writing the answer.
    private static async Task<(Guid First, Guid Second)> LeftByDeadNodeAsync(Sending sending, TestConversation conversation)
    {
        await sending.Database.ExecuteAsync("update whatsapp_numbers set sending_stopped_at = now(), sending_stopped_reason = 'test'");
        var first = await sending.SendAsync(conversation, "first");
        var second = await sending.SendAsync(conversation, "second");
        await sending.Database.ExecuteAsync("""
            update outbox set state = 'sending', attempts = 1, lease_until = now() - interval '1 second' where message_id = @first;
            update whatsapp_numbers set sending_stopped_at = null, sending_stopped_reason = null
            """, new { first });
        return (first, second);
    }
}
