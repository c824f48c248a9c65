namespace PyTake.WhatsApp.Outbound;

public class ReadReceiptTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    [Fact]
    public async Task A_customer_is_shown_what_was_read()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();

        await ReadAsync(sending, conversation, "wamid.READ");
        await UntilGoneAsync(sending, conversation);

        var request = Assert.Single(sending.Graph.RequestsOf(conversation.Organization));
        Assert.Equal(("read", "wamid.READ", conversation.Organization.Number.PhoneNumberId), (request.Text("status"), request.Text("message_id"), request.PhoneNumberId));
    }

    [Fact]
    public async Task It_is_tried_a_few_times_and_then_given_up()
    {
        await using var sending = await Sending.StartAsync(("ReceiptAttempts", "3"));
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, _ => FakeGraph.Refuse(500, 131000));

        await ReadAsync(sending, conversation, "wamid.READ");
        await UntilGoneAsync(sending, conversation);

        Assert.Equal(3, sending.Graph.RequestsOf(conversation.Organization).Count);
    }

    [Fact]
    public async Task A_refusal_for_good_is_not_tried_again()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, _ => FakeGraph.Refuse(400, 100));

        await ReadAsync(sending, conversation, "wamid.READ");
        await UntilGoneAsync(sending, conversation);

        Assert.Single(sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task A_newer_one_that_comes_meanwhile_is_shown_as_well()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, async request =>
        {
            if (request.Text("message_id") == "wamid.OLD") await ReadAsync(sending, conversation, "wamid.NEW");
            return null;
        });

        await ReadAsync(sending, conversation, "wamid.OLD");
        await UntilGoneAsync(sending, conversation);

        Assert.Equal(["wamid.OLD", "wamid.NEW"], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Text("message_id")));
    }

    [Fact]
    public async Task A_slow_number_leaves_room_for_others()
    {
        var sending = fixture.Sending;
        var (slow, well) = (await sending.OrganizationAsync(), await sending.OrganizationAsync());
        sending.Graph.Answer(slow, (_, context) => sending.Graph.Hang(context));
        for (var i = 0; i < 40; i++) await ReadAsync(sending, await sending.OpenConversationAsync(slow), $"wamid.{i}");
        var conversation = await sending.OpenConversationAsync(well);

        await ReadAsync(sending, conversation, "wamid.READ");

        await UntilGoneAsync(sending, conversation);
    }

    [Fact]
    public async Task Receipts_of_a_stopped_number_wait()
    {
        var sending = fixture.Sending;
        var stopped = await sending.OpenConversationAsync();
        var other = await sending.OpenConversationAsync();
        await sending.Database.ExecuteAsync("update whatsapp_numbers set sending_stopped_at = now() where id = @Id", new { stopped.Organization.Number.Id });

        await ReadAsync(sending, stopped, "wamid.WAITS");
        await ReadAsync(sending, other, "wamid.GOES");
        await UntilGoneAsync(sending, other);

        Assert.Equal(0, await sending.Changes.UntilAsync(
            async () => (int?)await sending.Database.SingleAsync<int>(
                "select attempts from read_receipts where conversation_id = @Id and due_at > now() + interval '1 minute'", new { stopped.Id }), _ => true));
        Assert.Empty(sending.Graph.RequestsOf(stopped.Organization));
    }

    // As the endpoint that marks a conversation as read does.
    private static Task ReadAsync(Sending sending, TestConversation conversation, string wamid) => sending.Database.ExecuteAsync("""
        insert into read_receipts (conversation_id, whatsapp_number_id, whatsapp_message_id, due_at)
        values (@conversation, @number, @wamid, now())
        on conflict (conversation_id) do update set whatsapp_message_id = excluded.whatsapp_message_id, attempts = 0, due_at = excluded.due_at
        """, new { conversation = conversation.Id, number = conversation.Organization.Number.Id, wamid });

    private static Task UntilGoneAsync(Sending sending, TestConversation conversation) => sending.Changes.UntilAsync<long>(
        async () => await sending.Database.SingleAsync<long>("select count(*) from read_receipts where conversation_id = @Id", new { conversation.Id }), count => count == 0);
}
