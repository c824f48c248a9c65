using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Ingest;

public abstract class StatusTests(NodeFixture fixture)
{
    private readonly TestNode _node = fixture.Node;
    private static readonly string[] Words = ["sent", "delivered", "read", "failed"];

    public static TheoryData<string> Orders => [.. from a in Words from b in Words from c in Words from d in Words
                                                   where new[] { a, b, c, d }.Distinct().Count() == 4 select $"{a},{b},{c},{d}"];

    [Theory, MemberData(nameof(Orders))]
    public async Task Statuses_in_any_order_end_in_read(string order)
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, Meta.Wamid());
        foreach (var status in order.Split(','))
            await Meta.Deliver(_node, Meta.Status(organization.Number, message.WhatsappMessageId!, status, conversation.Contact.WhatsappId, error: status == "failed" ? 131026 : null));

        var row = await Row(message.Id);
        Assert.Equal("read", row.Status);
        Assert.NotNull(row.DeliveredAt);
        Assert.NotNull(row.ReadAt);
        Assert.Null(row.FailedAt);
        Assert.Null(row.ErrorCode);
    }

    [Fact]
    public async Task A_failure_shows_its_reason()
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, Meta.Wamid());
        await Meta.Deliver(_node, Meta.Status(organization.Number, message.WhatsappMessageId!, "failed", conversation.Contact.WhatsappId, error: 131047));
        var row = await Row(message.Id);
        Assert.Equal(("failed", "131047"), (row.Status, row.ErrorCode));
        Assert.False(string.IsNullOrEmpty(row.ErrorMessage));
    }

    [Fact]
    public async Task A_status_may_name_the_message_before_its_wamid_is_known_and_settles_the_outbox()
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, null);
        await Waits(conversation, message.Id, "unknown");
        var wamid = Meta.Wamid();
        await Meta.Deliver(_node, Meta.Status(organization.Number, wamid, "delivered", conversation.Contact.WhatsappId, message: message.Id));

        var row = await Row(message.Id);
        Assert.Equal(("delivered", wamid), (row.Status, row.WhatsappMessageId));
        Assert.Equal(0, await _node.Database.SingleAsync<int>("select count(*)::int from outbox where message_id = @Id", new { message.Id }));
    }

    [Theory]
    [InlineData("failed", "pending", 1)]
    [InlineData("delivered", "delivered", 0)]
    public async Task The_outcome_of_an_earlier_attempt_decides_whether_the_retry_is_sent(string status, string becomes, int waiting)
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, null);
        await Waits(conversation, message.Id, "queued");
        await Meta.Deliver(_node, Meta.Status(organization.Number, Meta.Wamid(), status, conversation.Contact.WhatsappId, message: message.Id, error: status == "failed" ? 131026 : null));

        Assert.Equal(becomes, (await Row(message.Id)).Status);
        Assert.Equal(waiting, await _node.Database.SingleAsync<int>("select count(*)::int from outbox where message_id = @Id", new { message.Id }));
    }

    [Fact]
    public async Task A_repeated_failure_of_an_earlier_attempt_leaves_the_later_one_alone()
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, Meta.Wamid());
        var failed = Meta.Status(organization.Number, message.WhatsappMessageId!, "failed", conversation.Contact.WhatsappId, message: message.Id, error: 131026);
        await Meta.Deliver(_node, failed);
        (await organization.Agent.Http.Post($"{conversation.Path}/messages/{message.Id}/retry")).Expect(System.Net.HttpStatusCode.OK);
        var again = Meta.Wamid();
        await _node.Database.ExecuteAsync("delete from outbox where message_id = @Id", new { message.Id });
        await Given.Changed(conversation, message.Id, ChangeKind.Status, m => m with { Status = "sent", WhatsappMessageId = again });

        await Meta.Deliver(_node, failed);

        Assert.Equal(("sent", again, null), ((await Row(message.Id)).Status, (await Row(message.Id)).WhatsappMessageId, (await Row(message.Id)).ErrorCode));
        await Meta.Deliver(_node, Meta.Status(organization.Number, again, "failed", conversation.Contact.WhatsappId, message: message.Id, error: 131026));
        Assert.Equal("failed", (await Row(message.Id)).Status);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    public async Task A_window_that_Meta_calls_closed_is_closed_unless_the_customer_has_written_since(int writes, bool closed)
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.Conversation(organization);
        var sentAt = DateTime.UtcNow.AddMinutes(-10);
        await Given.InboundMessage(conversation, "oi", sentAt.AddMinutes(writes));
        var message = await Outbound(conversation, Meta.Wamid(), sentAt);

        await Meta.Deliver(_node, Meta.Status(organization.Number, message.WhatsappMessageId!, "failed", conversation.Contact.WhatsappId, error: 131047));

        Assert.Equal(closed, await _node.Database.SingleAsync<bool>("select window_expires_at <= now() from conversations where id = @Id", new { conversation.Id }));
    }

    [Fact]
    public async Task A_customer_who_stopped_marketing_is_noted_when_the_failure_says_so()
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, Meta.Wamid());
        await Meta.Deliver(_node, Meta.Status(organization.Number, message.WhatsappMessageId!, "failed", conversation.Contact.WhatsappId, error: 131050));
        Assert.NotNull(await _node.Database.SingleAsync<DateTime?>("select opted_out_at from contacts where id = @Id", new { conversation.Contact.Id }));
    }

    [Theory]
    [InlineData(131042, 1, true)]
    [InlineData(131031, 1, true)]
    [InlineData(131042, -1, false)]
    [InlineData(131026, 1, false)]
    public async Task Trouble_that_Meta_finds_out_about_later_stops_the_number_unless_it_was_seen_to_since(int code, int sentAfterSave, bool stops)
    {
        var (organization, conversation) = await Started();
        await _node.Database.ExecuteAsync("update whatsapp_numbers set updated_at = now() - interval '1 hour' where id = @Id", new { organization.Number.Id });
        var message = await Outbound(conversation, Meta.Wamid(), DateTime.UtcNow.AddHours(-1).AddMinutes(sentAfterSave));

        await Meta.Deliver(_node, Meta.Status(organization.Number, message.WhatsappMessageId!, "failed", conversation.Contact.WhatsappId, error: code));

        Assert.Equal(("failed", code.ToString()), await Row(message.Id) is var m ? (m.Status, m.ErrorCode) : default);
        Assert.Equal(stops ? code.ToString() : null, await _node.Database.SingleAsync<string?>(
            "select sending_stopped_code from whatsapp_numbers where id = @Id", new { organization.Number.Id }));
    }

    [Fact]
    public async Task Another_organizations_number_cannot_tick_a_message_by_its_id()
    {
        var (_, conversation) = await Started();
        var (other, _) = await Started();
        var message = await Outbound(conversation, null);
        await Meta.Deliver(_node, Meta.Status(other.Number, Meta.Wamid(), "read", conversation.Contact.WhatsappId, message: message.Id));
        Assert.Equal("pending", (await Row(message.Id)).Status);
    }

    [Fact]
    public async Task Each_step_takes_a_number_and_a_repetition_takes_none()
    {
        var (organization, conversation) = await Started();
        var message = await Outbound(conversation, Meta.Wamid());
        var before = message.Seq;
        foreach (var status in (string[])["sent", "sent", "delivered", "delivered", "read", "read", "played"])
            await Meta.Deliver(_node, Meta.Status(organization.Number, message.WhatsappMessageId!, status, conversation.Contact.WhatsappId));
        Assert.Equal(before + 3, (await Row(message.Id)).Seq);
    }

    private Task Waits(TestConversation conversation, Guid message, string state) => _node.Database.ExecuteAsync("""
        insert into outbox (message_id, organization_id, conversation_id, whatsapp_number_id, contact_id, state, due_at)
        values (@message, @organization, @conversation, @number, @contact, @state, now())
        """, new { message, organization = conversation.Organization.Id, conversation = conversation.Id, number = conversation.Organization.Number.Id, contact = conversation.Contact.Id, state });

    private async Task<(TestOrganization, TestConversation)> Started()
    {
        var organization = await Given.Organization(_node);
        return (organization, await Given.OpenConversation(organization));
    }

    private static Task<Message> Outbound(TestConversation conversation, string? wamid, DateTime? at = null) => Given.Message(conversation, new()
    {
        Id = Guid.CreateVersion7(), ConversationId = conversation.Id, Direction = Direction.Outbound, SenderType = SenderType.Agent,
        MessageType = MessageType.Text, Content = new RawJson("""{"text":"hi"}"""), Status = MessageStatus.Pending, WhatsappMessageId = wamid,
        CreatedAt = at ?? DateTime.UtcNow, OccurredAt = at ?? DateTime.UtcNow,
    });

    private async Task<Message> Row(Guid id) => (await _node.Database.SingleAsync<Message>("select * from messages where id = @id", new { id }))!;
}

/// <summary>Webhooks that are stored first and processed from the queue.</summary>
public sealed class StoredStatusTests(NodeFixture fixture) : StatusTests(fixture), IClassFixture<NodeFixture>;

/// <summary>Webhooks that take effect in the transaction that acknowledges them.</summary>
public sealed class DirectStatusTests(DirectNodeFixture fixture) : StatusTests(fixture), IClassFixture<DirectNodeFixture>;
