using System.Net;
using PyTake.Conversations;

namespace PyTake.WhatsApp.Ingest;

public abstract class InboundMessageTests(NodeFixture fixture)
{
    private readonly TestNode _node = fixture.Node;
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task A_first_message_makes_the_contact_the_conversation_and_its_first_number()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511911112222", "Bom dia", at: Noon));

        var conversation = await OnlyConversation(organization);
        Assert.Equal(1, conversation.LastSeq);
        Assert.Equal(1, conversation.InboxSeq);
        Assert.Equal(1, conversation.InboundCount);
        Assert.Equal(Noon.AddHours(24), conversation.WindowExpiresAt);
        Assert.Equal("Ana Prado", conversation.Name);
        Assert.Equal("5511911112222", conversation.WhatsappId);
        var message = Assert.Single(await Messages(conversation.Id));
        Assert.Equal((1L, "text", "received", Noon), (message.Seq, message.MessageType, message.Status, message.OccurredAt));
        Assert.Equal("Bom dia", message.Content.Parse().RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task An_album_in_parallel_requests_is_one_conversation_without_a_hole()
    {
        var organization = await Given.Organization(_node);
        var posts = Enumerable.Range(0, 10).Select(i => Meta.Post(_node,
            Meta.Other(organization.Number, "5511911113333", "image", new { id = $"media{i}", mime_type = "image/jpeg", sha256 = "eA==" })));
        Assert.All(await Task.WhenAll(posts), status => Assert.Equal(HttpStatusCode.OK, status));
        await Task.WhenAll(Meta.Work(_node), Meta.Work(_node), Meta.Work(_node));
        await Meta.Work(_node);

        var conversation = await OnlyConversation(organization);
        Assert.Equal(Enumerable.Range(1, 10).Select(n => (long)n), (await Messages(conversation.Id)).Select(m => m.Seq));
        Assert.Equal(10, conversation.LastSeq);
    }

    [Fact]
    public async Task The_same_webhook_fifty_times_in_parallel_is_one_message()
    {
        var organization = await Given.Organization(_node);
        var body = Meta.Text(organization.Number, "5511911114444", "once", Meta.Wamid());
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, body));
            await Meta.Work(_node);
        }));
        await Meta.Work(_node);

        var conversation = await OnlyConversation(organization);
        Assert.Single(await Messages(conversation.Id));
        Assert.Equal((1L, 1), (conversation.LastSeq, conversation.InboundCount));
    }

    [Fact]
    public async Task A_repetition_after_the_conversation_was_closed_opens_no_other()
    {
        var organization = await Given.Organization(_node);
        var body = Meta.Text(organization.Number, "5511911115555", "late again", Meta.Wamid());
        await Meta.Deliver(_node, body);
        await _node.Database.ExecuteAsync("update conversations set status = 'closed' where organization_id = @Id", new { organization.Id });

        await Meta.Deliver(_node, body);
        await OnlyConversation(organization);
        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511911115555", "new"));
        Assert.Equal(2, await _node.Database.SingleAsync<int>("select count(*)::int from conversations where organization_id = @Id", new { organization.Id }));
    }

    [Fact]
    public async Task An_old_message_that_comes_late_moves_neither_the_window_nor_the_list()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node,
            Meta.Text(organization.Number, "5511911116666", "second", at: Noon),
            Meta.Text(organization.Number, "5511911116666", "first", at: Noon.AddHours(-2)));

        var conversation = await OnlyConversation(organization);
        Assert.Equal(Noon, conversation.LastMessageAt);
        Assert.Equal(Noon.AddHours(24), conversation.WindowExpiresAt);
        Assert.Contains("second", conversation.LastMessage);
    }

    [Fact]
    public async Task Brazilian_numbers_with_and_without_the_ninth_digit_are_one_contact()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node,
            Meta.Text(organization.Number, "5511987654321", "with"), Meta.Text(organization.Number, "551187654321", "without"));
        Assert.Equal(2, (await OnlyConversation(organization)).InboundCount);
    }

    [Fact]
    public async Task A_customer_first_known_by_number_then_by_both_is_found_by_the_user_id_alone()
    {
        var organization = await Given.Organization(_node);
        const string From = "5511955550001";
        object Message(string? from, string? user, string text) => Meta.Webhook(organization.Number, [new Dictionary<string, object?>
        {
            ["from"] = from, ["from_user_id"] = user, ["id"] = Meta.Wamid(), ["timestamp"] = "1790000000", ["type"] = "text", ["text"] = new { body = text },
        }]);
        await Meta.Deliver(_node, Message(From, null, "1"), Message(From, "BR.abc123", "2"), Message(null, "BR.abc123", "3"));
        Assert.Equal(3, (await OnlyConversation(organization)).InboundCount);
    }

    [Fact]
    public async Task Two_contacts_that_WhatsApp_says_are_one_person_are_merged()
    {
        var organization = await Given.Organization(_node);
        object Message(string? from, string? user) => Meta.Webhook(organization.Number, [new Dictionary<string, object?>
        {
            ["from"] = from, ["from_user_id"] = user, ["id"] = Meta.Wamid(), ["timestamp"] = "1790000000", ["type"] = "text", ["text"] = new { body = "x" },
        }]);
        await Meta.Deliver(_node, Message("5511955550002", null));
        await Meta.Deliver(_node, Message(null, "BR.merge1"));
        await _node.Database.ExecuteAsync("""
            update contacts
            set name = 'Ana', tags = '{vip}', attributes = '{"city": "Rio", "age": 3}', opted_out_at = '2026-03-01'
            where organization_id = @Id and whatsapp_id = 'BR.merge1';
            update contacts set tags = '{new}', attributes = '{"age": 4}' where organization_id = @Id and whatsapp_id = '5511955550002'
            """, new { organization.Id });
        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [new
        {
            id = Meta.Wamid(), timestamp = "1790000001", type = "system",
            system = new { type = "user_changed_user_id", previous_user_id = "BR.merge1", user_id = "BR.merge2", wa_id = "5511955550002" },
        }]));

        var contacts = await _node.Database.QueryAsync<Guid>("select distinct contact_id from conversations where organization_id = @Id", new { organization.Id });
        var kept = await _node.Database.SingleAsync<Kept>(
            "select name, tags, attributes, opted_out_at from contacts where id = @id", new { id = Assert.Single(contacts) });
        Assert.Equal("Ana", kept!.Name);
        Assert.Equal(["new", "vip"], kept.Tags.Order());
        Assert.Equal("""{"age": 3, "city": "Rio"}""", kept.Attributes);
        Assert.NotNull(kept.OptedOutAt);
        Assert.Equal(1, await _node.Database.SingleAsync<int>(
            "select count(*)::int from conversations where organization_id = @Id and status = 'open'", new { organization.Id }));
    }

    [Fact]
    public async Task A_reaction_is_no_message_and_can_be_replaced_and_removed()
    {
        var organization = await Given.Organization(_node);
        var (from, wamid) = ("5511955550003", Meta.Wamid());
        await Meta.Deliver(_node, Meta.Text(organization.Number, from, "hello", wamid, Noon));
        object React(string? emoji, int minute) => Meta.Other(organization.Number, from, "reaction",
            emoji is null ? new { message_id = wamid } : new { message_id = wamid, emoji }, at: Noon.AddMinutes(minute));

        await Meta.Deliver(_node, React("👍", 1));
        var conversation = await OnlyConversation(organization);
        Assert.Contains("👍", Assert.Single(await Messages(conversation.Id)).Reactions.Text);
        Assert.Equal((2L, 1, Noon.AddHours(24)), (conversation.LastSeq, conversation.InboundCount, conversation.WindowExpiresAt!.Value));
        await Meta.Deliver(_node, React("❤️", 2));
        Assert.Contains("❤️", Assert.Single(await Messages(conversation.Id)).Reactions.Text);
        await Meta.Deliver(_node, React(null, 3));
        Assert.Equal("[]", Assert.Single(await Messages(conversation.Id)).Reactions.Text);
    }

    [Fact]
    public async Task A_reaction_that_Meta_repeats_after_its_removal_stays_removed()
    {
        var organization = await Given.Organization(_node);
        var (from, wamid) = ("5511955550007", Meta.Wamid());
        await Meta.Deliver(_node, Meta.Text(organization.Number, from, "hello", wamid, Noon));
        var like = Meta.Other(organization.Number, from, "reaction", new { message_id = wamid, emoji = "👍" }, at: Noon.AddMinutes(1));
        var removal = Meta.Other(organization.Number, from, "reaction", new { message_id = wamid }, at: Noon.AddMinutes(2));
        var id = (await OnlyConversation(organization)).Id;

        await Meta.Deliver(_node, like, removal, like);
        Assert.Equal("[]", Assert.Single(await Messages(id)).Reactions.Text);
        await Meta.Deliver(_node, Meta.Other(organization.Number, from, "reaction", new { message_id = wamid, emoji = "👍" }, at: Noon.AddMinutes(3)));
        Assert.Contains("👍", Assert.Single(await Messages(id)).Reactions.Text);
    }

    [Fact]
    public async Task The_list_shows_what_became_of_a_conversations_last_message()
    {
        var organization = await Given.Organization(_node);
        var (from, wamid) = ("5511955550008", Meta.Wamid());
        await Meta.Deliver(_node, Meta.Other(organization.Number, from, "unsupported", new { type = "media_placeholder" }, wamid, Noon));
        await Meta.Deliver(_node, Meta.Text(organization.Number, from, "minha senha", wamid, Noon));
        Assert.Contains("minha senha", (await OnlyConversation(organization)).LastMessage);

        var message = new { type = "text", text = new { body = "nada" } };
        await Meta.Deliver(_node, Meta.Other(organization.Number, from, "edit", new { original_message_id = wamid, message }, at: Noon.AddMinutes(1)));
        Assert.Contains("nada", (await OnlyConversation(organization)).LastMessage);

        await Meta.Deliver(_node, Meta.Other(organization.Number, from, "revoke", new { original_message_id = wamid }, at: Noon.AddMinutes(2)));
        var shown = (await OnlyConversation(organization)).LastMessage;
        Assert.DoesNotContain("nada", shown);
        Assert.DoesNotContain("senha", shown);
    }

    [Fact]
    public async Task A_customer_first_known_by_user_id_shows_their_number_once_they_do()
    {
        var organization = await Given.Organization(_node);
        object Message(string? from) => Meta.Webhook(organization.Number, [new Dictionary<string, object?>
        {
            ["from"] = from, ["from_user_id"] = "BR.shy1", ["id"] = Meta.Wamid(), ["timestamp"] = "1790000000", ["type"] = "text", ["text"] = new { body = "x" },
        }]);
        await Meta.Deliver(_node, Message(null), Message("5511955550009"));

        Assert.Equal("5511955550009", (await OnlyConversation(organization)).WhatsappId);
        Assert.Equal("+5511955550009", await _node.Database.SingleAsync<string>("select phone_number from contacts where organization_id = @Id", new { organization.Id }));
    }

    [Fact]
    public async Task Webhooks_for_an_inactive_number_wait_until_it_is_active_again()
    {
        var organization = await Given.Organization(_node);
        await Given.Conversation(organization);
        var path = $"/api/v1/whatsapp/{organization.Number.Id}";
        (await organization.Admin.Http.Delete(path)).Expect(HttpStatusCode.NoContent);

        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511955550010", "ninguém?"));
        Assert.Equal(0, await _node.Database.SingleAsync<int>("select count(*)::int from messages where organization_id = @Id", new { organization.Id }));

        await using var graph = await Outbound.FakeGraph.StartAsync();
        await using var node = TestNode.Start(_node.Database, ("WhatsApp:GraphBaseUrl", graph.Url));
        (await node.Client(organization.Admin.Token).Put(path, new { is_active = true, access_token = "EAAG-token" })).Expect(HttpStatusCode.OK);
        await _node.Get<Webhooks.DeferredItems>().RequeueDueAsync(TestContext.Current.CancellationToken);
        await Meta.Work(_node);
        Assert.Equal(1, await _node.Database.SingleAsync<int>("select count(*)::int from messages where organization_id = @Id", new { organization.Id }));
    }

    [Fact]
    public async Task A_reaction_before_its_message_waits_for_it()
    {
        var organization = await Given.Organization(_node);
        var (from, wamid) = ("5511955550004", Meta.Wamid());
        await Meta.Deliver(_node, Meta.Other(organization.Number, from, "reaction", new { message_id = wamid, emoji = "👍" }));
        Assert.Equal("retry", await _node.Database.SingleAsync<string>("select state from webhook_items_set_aside where waits_for = @wamid", new { wamid }));

        await Meta.Deliver(_node, Meta.Text(organization.Number, from, "hello", wamid));
        await _node.Get<Webhooks.DeferredItems>().RequeueDueAsync(TestContext.Current.CancellationToken);
        await Meta.Work(_node);
        Assert.Contains("👍", Assert.Single(await Messages((await OnlyConversation(organization)).Id)).Reactions.Text);
    }

    [Fact]
    public async Task A_webhook_for_an_unknown_number_is_answered_200_and_parked_until_the_number_is_added()
    {
        var stranger = new TestNumber(Guid.NewGuid(), $"99{Random.Shared.NextInt64(1_000_000_000_000)}", "5511900000009");
        await Meta.Deliver(_node, Meta.Text(stranger, "5511955550005", "anyone?"));
        Assert.Equal("parked", await _node.Database.SingleAsync<string>(
            "select state from webhook_items_set_aside where waits_for = @PhoneNumberId", stranger));
    }

    [Fact]
    public async Task What_was_parked_while_its_number_was_being_saved_is_found()
    {
        var organization = await Given.Organization(_node);
        var stranger = $"99{Random.Shared.NextInt64(1_000_000_000_000)}";
        foreach (var number in (string[])[organization.Number.PhoneNumberId, stranger])
            await _node.Database.ExecuteAsync("""
                insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error, waits_for)
                values (-@id, 0, now(), 1, 'message', '\x7b7d', 'parked', 'unknown number', @number)
                """, new { id = Random.Shared.NextInt64(1_000_000_000_000), number });

        await _node.Get<Webhooks.DeferredItems>().WakeParkedAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["parked", "retry"], await _node.Database.QueryAsync<string>(
            "select state from webhook_items_set_aside where waits_for = any(@numbers) order by state", new { numbers = new[] { organization.Number.PhoneNumberId, stranger } }));
    }

    [Fact]
    public async Task A_wrong_signature_or_an_oversized_body_is_never_answered_200()
    {
        var organization = await Given.Organization(_node);
        var body = System.Text.Encoding.UTF8.GetBytes("{}");
        Assert.Equal(HttpStatusCode.Forbidden, await Meta.Post(_node, body, "sha256=" + new string('0', 64)));
        Assert.Equal(HttpStatusCode.Forbidden, await Meta.Post(_node, body, Meta.Sign(body, "another secret")));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Meta.Post(_node, new byte[4 * 1024 * 1024 + 1]));
        Assert.Empty(await _node.Database.QueryAsync<Guid>("select id from conversations where organization_id = @Id", new { organization.Id }));
    }

    [Fact]
    public async Task An_organizations_own_app_secret_signs_for_its_own_numbers_only()
    {
        var (own, other) = (await Given.Organization(_node), await Given.Organization(_node));
        var made = await own.Admin.Http.Send(HttpMethod.Put, $"/api/v1/whatsapp/{own.Number.Id}", new { app_secret = "a secret of its own app, thirty-two" });
        made.Expect(HttpStatusCode.OK);
        async Task<HttpStatusCode> Post(TestNumber number)
        {
            var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Meta.Text(number, "5511955550006", "forged?"));
            return await Meta.Post(_node, body, Meta.Sign(body, "a secret of its own app, thirty-two"));
        }
        Assert.Equal(HttpStatusCode.OK, await Post(own.Number));
        Assert.Equal(HttpStatusCode.Forbidden, await Post(other.Number));
    }

    [Fact]
    public async Task A_thousand_items_in_one_body_are_all_processed()
    {
        var organization = await Given.Organization(_node);
        var padding = new string('x', 2500);
        var messages = Enumerable.Range(0, 1000).Select(i => Meta.TextMessage($"55119{i % 50:D8}", $"{i} {padding}")).ToArray();
        await Meta.Deliver(_node, Meta.Webhook(organization.Number, messages));

        Assert.Equal(1000, await _node.Database.SingleAsync<int>("select count(*)::int from messages where organization_id = @Id", new { organization.Id }));
        var holes = await _node.Database.QueryAsync<Guid>("""
            select conversation_id from messages where organization_id = @Id
            group by conversation_id having count(*) <> max(seq) or min(seq) <> 1
            """, new { organization.Id });
        Assert.Empty(holes);
    }

    private async Task<Row> OnlyConversation(TestOrganization organization) => Assert.Single(await _node.Database.QueryAsync<Row>("""
        select c.id, c.last_seq, c.inbox_seq, c.inbound_count, c.window_expires_at, c.last_message_at, c.last_message::text as last_message,
            k.name, k.whatsapp_id
        from conversations c join contacts k on k.id = c.contact_id
        where c.organization_id = @Id
        """, new { organization.Id }));

    private async Task<List<Message>> Messages(Guid conversation) => await _node.Database.QueryAsync<Message>(
        "select * from messages where conversation_id = @conversation order by seq", new { conversation });

    private sealed record Kept
    {
        public string? Name { get; init; }
        public string[] Tags { get; init; } = [];
        public string? Attributes { get; init; }
        public DateTime? OptedOutAt { get; init; }
    }

    private sealed record Row(
        Guid Id, long LastSeq, long InboxSeq, int InboundCount, DateTime? WindowExpiresAt, DateTime? LastMessageAt, string? LastMessage, string? Name, string WhatsappId);
}

/// <summary>Webhooks that are stored first and processed from the queue.</summary>
public sealed class StoredInboundMessageTests(NodeFixture fixture) : InboundMessageTests(fixture), IClassFixture<NodeFixture>;

/// <summary>Webhooks that take effect in the transaction that acknowledges them.</summary>
public sealed class DirectInboundMessageTests(DirectNodeFixture fixture) : InboundMessageTests(fixture), IClassFixture<DirectNodeFixture>;
