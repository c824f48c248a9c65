using System.Text.Json;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.Realtime;

public sealed class RoomTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task A_message_stored_on_one_node_reaches_members_on_both_in_order()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var here = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        Assert.Equal(0, (await here.Join(conversation.Id)).GetProperty("last_seq").GetInt64());
        await there.Join(conversation.Id);

        for (var i = 1; i <= 20; i++) await Given.InboundMessage(conversation, $"message {i}");

        foreach (var client in new[] { here, there })
        {
            await client.Next("message:new", m => m.Seq() == 20);
            Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), client.All("message:new").Select(m => m.Seq()));
        }
        Assert.Equal("message 7", there.All("message:new")[6].GetProperty("content").GetProperty("text").GetString());
    }

    [Fact]
    public async Task Changes_of_two_nodes_in_one_conversation_arrive_in_one_order()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var fromTwo = conversation with { Organization = organization with { Node = cluster.Two } };
        await using var here = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await here.Join(conversation.Id);
        await there.Join(conversation.Id);

        await Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
            await Given.InboundMessage(i % 2 == 0 ? conversation : fromTwo, $"message {i}"));

        foreach (var client in new[] { here, there })
        {
            await client.Next("message:new", m => m.Seq() == 60);
            Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), client.All("message:new").Select(m => m.Seq()));
        }
    }

    [Fact]
    public async Task A_tick_is_a_status_and_a_reaction_an_update_each_with_its_own_number()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var sent = await Given.Message(conversation, Outbound(conversation));
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        Assert.Equal(1, (await there.Join(conversation.Id)).GetProperty("last_seq").GetInt64());

        await Given.Changed(conversation, sent.Id, ChangeKind.Status, m => m with { Status = MessageStatus.Sent, SentAt = m.CreatedAt });
        await Given.Changed(conversation, sent.Id, ChangeKind.Updated, m => m with { Reactions = new("[{\"emoji\":\"👍\"}]") });

        var status = await there.Next("message:status");
        Assert.Equal(("sent", 2L, sent.Id), (status.GetProperty("status").GetString(), status.Seq(), status.GetProperty("message_id").GetGuid()));
        var updated = await there.Next("message:updated");
        Assert.Equal(3, updated.Seq());
        Assert.Equal("👍", updated.GetProperty("reactions")[0].GetProperty("emoji").GetString());
    }

    [Fact]
    public async Task A_change_that_was_never_published_arrives_before_the_next_one()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var sent = await Given.Message(conversation, Outbound(conversation));
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await there.Join(conversation.Id);

        await CommitSilently(conversation, sent.Id);
        await Given.InboundMessage(conversation, "heard");

        await there.Next("message:new", m => m.Text() == "heard");
        Assert.Equal(
            ["message:new 2", "message:status 3", "message:new 4"],
            there.Events.Where(e => e.Name.StartsWith("message:", StringComparison.Ordinal)).Select(e => $"{e.Name} {e.Payload.Seq()}"));
    }

    [Fact]
    public async Task A_change_that_was_never_published_is_found_by_the_position_check()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var sent = await Given.Message(conversation, Outbound(conversation));
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await there.Join(conversation.Id);

        await CommitSilently(conversation, sent.Id);

        Assert.Equal(2, (await there.Next("message:new")).Seq());
        Assert.Equal(3, (await there.Next("message:status")).Seq());
    }

    [Fact]
    public async Task Joining_after_a_number_sends_what_changed_since_and_then_new_events()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        for (var i = 1; i <= 3; i++) await Given.InboundMessage(conversation, $"message {i}");
        var sent = await Given.Message(conversation, Outbound(conversation));
        await Given.Changed(conversation, sent.Id, ChangeKind.Status, m => m with { Status = MessageStatus.Sent, SentAt = m.CreatedAt });
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);

        var joined = await client.Join(conversation.Id, afterSeq: 1);
        await Given.InboundMessage(conversation, "live");

        Assert.Equal(5, joined.GetProperty("last_seq").GetInt64());
        Assert.Equal(5, (await client.Next("joined_conversation")).GetProperty("last_seq").GetInt64());
        await client.Next("message:new", m => m.Seq() == 6);
        Assert.Equal(
            ["joined_conversation", "message:new 2", "message:new 3", "message:new 5", "message:new 6"],
            client.Events.SkipWhile(e => e.Name != "joined_conversation").Where(e => e.Name.StartsWith("message:", StringComparison.Ordinal) || e.Name == "joined_conversation")
                .Select(e => e.Name == "joined_conversation" ? e.Name : $"{e.Name} {e.Payload.Seq()}"));
    }

    [Fact]
    public async Task Clients_that_reconnect_one_after_another_each_receive_what_they_missed()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        for (var i = 1; i <= 4; i++) await Given.InboundMessage(conversation, $"message {i}");
        // The room stays open, so that changes read for one client are reused for the next.
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await there.Join(conversation.Id);

        Assert.Equal("2, 3, 4", await MissedAfter(1));
        Assert.Equal("2, 3, 4", await MissedAfter(1));
        Assert.Equal("4", await MissedAfter(3));
        Assert.Equal("1, 2, 3, 4", await MissedAfter(0));
        await Given.InboundMessage(conversation, "message 5");
        await there.Next("message:new", m => m.Seq() == 5);
        Assert.Equal("2, 3, 4, 5", await MissedAfter(1));
        Assert.Equal("2, 3, 4, 5", await MissedAfter(1));

        async Task<string> MissedAfter(long seq)
        {
            await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
            await client.Join(conversation.Id, seq);
            await client.Call("ping");
            return string.Join(", ", client.All("message:new").Select(m => m.Seq()));
        }
    }

    [Fact]
    public async Task A_reaction_withdrawn_meanwhile_is_sent_as_an_update_and_not_as_a_tick()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var sent = await Given.Message(conversation, Outbound(conversation));
        await React(conversation, sent.Id, "👍");
        await React(conversation, sent.Id, "");
        await Given.Changed(conversation, sent.Id, ChangeKind.Status, m => m with { Status = MessageStatus.Sent, SentAt = m.CreatedAt });
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);

        // The client had the reaction when it disconnected.
        await client.Join(conversation.Id, afterSeq: 2);

        var updated = await client.Next("message:updated");
        Assert.Equal((4L, "sent", 0), (updated.Seq(), updated.GetProperty("status").GetString(), updated.GetProperty("reactions").GetArrayLength()));
        Assert.Empty(client.All("message:status"));
    }

    [Fact]
    public async Task Joining_and_leaving_while_messages_flow_misses_nothing_and_receives_nothing_twice()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            var written = 0;
            while (!stop.IsCancellationRequested) written = (int)(await Given.InboundMessage(conversation, "more")).Seq;
            return written;
        });

        var heard = new List<long>();
        for (var round = 0; round < 15; round++)
        {
            await using var client = await SignalRClient.ConnectAsync(round % 2 == 0 ? cluster.One : cluster.Two, organization.Agent.Token);
            await client.Join(conversation.Id, afterSeq: heard.LastOrDefault());
            await client.Next("message:new");
            heard.AddRange(client.All("message:new").Select(m => m.Seq()));
        }
        await stop.CancelAsync();
        var written = await writing;
        await using var last = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await last.Join(conversation.Id, afterSeq: heard.Last());
        heard.AddRange(last.All("message:new").Select(m => m.Seq()));

        Assert.Equal(Enumerable.Range(1, written).Select(i => (long)i), heard);
    }

    [Fact]
    public async Task A_client_that_missed_too_much_is_told_to_resync_and_then_receives_new_events()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await cluster.Database.ExecuteAsync("""
            insert into messages (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, direction, sender_type,
                message_type, content, status, occurred_at, created_at)
            select gen_random_uuid(), organization_id, id, whatsapp_number_id, n, n, 'outbound', 'system', 'text', '{}', 'sent', now(), now()
            from conversations, generate_series(1, 501) n
            where id = @Id;
            update conversations set last_seq = 501 where id = @Id;
            """, new { conversation.Id });
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);

        await client.Join(conversation.Id, afterSeq: 0);
        await Given.InboundMessage(conversation, "new");

        Assert.Equal(501, (await client.Next("resync")).GetProperty("last_seq").GetInt64());
        Assert.Equal(502, (await client.Next("message:new")).Seq());
        await using var nearly = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await nearly.Join(conversation.Id, afterSeq: 2);
        await nearly.Next("message:new", m => m.Seq() == 502);
        Assert.Equal(500, nearly.All("message:new").Count);
        Assert.Empty(nearly.All("resync"));
    }

    [Fact]
    public async Task A_connection_that_left_receives_nothing_more()
    {
        var organization = await Given.Organization(cluster.One);
        var (left, open) = (await Given.Conversation(organization), await Given.Conversation(organization));
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await client.Join(left.Id);
        await client.Join(open.Id);

        await client.Call("leave_conversation", new { conversation_id = left.Id });
        await Given.InboundMessage(left, "not heard");
        await Given.InboundMessage(open, "heard");

        Assert.Equal(left.Id, (await client.Next("left_conversation")).GetProperty("conversation_id").GetGuid());
        Assert.Equal("heard", (await client.Next("message:new")).Text());
        Assert.Single(client.All("message:new"));
    }

    private static Task<Message> React(TestConversation conversation, Guid messageId, string emoji) => Given.Changed(
        conversation, messageId, ChangeKind.Updated, m => m.With(new Reaction(emoji, SenderType.Contact, null, m.CreatedAt)));

    private static Message Outbound(TestConversation conversation) => new()
    {
        Id = Guid.CreateVersion7(),
        ConversationId = conversation.Id,
        Direction = Direction.Outbound,
        SenderType = SenderType.Agent,
        MessageType = MessageType.Text,
        Content = new("{\"text\":\"hello\"}"),
        Status = MessageStatus.Pending,
        CreatedAt = Database.Clock.UtcNow(TimeProvider.System),
        OccurredAt = Database.Clock.UtcNow(TimeProvider.System),
    };

    /// <summary>As if a worker died after its commit but before it published: a new message (2) and a tick of an old one (3).</summary>
    private Task CommitSilently(TestConversation conversation, Guid sent) => cluster.Database.ExecuteAsync("""
        insert into messages (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, direction, sender_type,
            message_type, content, status, occurred_at, created_at)
        select gen_random_uuid(), organization_id, id, whatsapp_number_id, 2, 2, 'inbound', 'contact', 'text', '{"text": "silent"}', 'received', now(), now()
        from conversations where id = @Id;
        update messages set seq = 3, status = 'sent', sent_at = now() where id = @sent;
        update conversations set last_seq = 3 where id = @Id;
        """, new { conversation.Id, sent });
}

internal static class Payloads
{
    public static long Seq(this JsonElement payload) => payload.GetProperty("seq").GetInt64();

    public static string? Text(this JsonElement message) => message.GetProperty("content").GetProperty("text").GetString();
}
