using System.Net;
using System.Text;
using PyTake.Conversations;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Every tricky case through the webhook endpoint, the queue and the worker; the content of updates is tested with the reader.</summary>
public abstract class FixtureTests(NodeFixture fixture)
{
    private readonly TestNode _node = fixture.Node;

    public static TheoryData<string> All => [.. Fixture.Names];

    [Theory, MemberData(nameof(All))]
    public async Task Each_is_answered_200_and_ends_as_a_message_an_effect_or_a_reason(string name)
    {
        var organization = await Given.Organization(_node);
        var body = Moved(Fixture.Load(name), organization.Number);
        await Deliver(body);

        var updates = WebhookSplitter.Split(body, DateTime.UtcNow, null).Select(item => item.Update).ToArray();
        var messages = await _node.Database.QueryAsync<string>("select whatsapp_message_id from messages where organization_id = @Id", new { organization.Id });
        var deferred = await _node.Database.QueryAsync<DeferredItem>("""
            select s.state, s.error, convert_from(s.payload, 'LATIN1') as payload
            from webhook_items_set_aside s where s.phone_number_id = @PhoneNumberId or s.phone_number_id is null
            """, new { organization.Number.PhoneNumberId });
        foreach (var message in updates.OfType<MessageReceived>().Where(m => m.PhoneNumberId == organization.Number.PhoneNumberId))
            Assert.True(messages.Contains(message.Wamid) || deferred.Any(a => a.Payload.Contains(message.Wamid)), $"{message.Wamid} is lost");
        Assert.DoesNotContain(deferred, a => a.Error.Contains("Exception", StringComparison.Ordinal));
        Assert.All(deferred, a => Assert.NotEmpty(a.Error));
    }

    [Fact]
    public async Task A_changed_number_and_a_new_one_that_wrote_already_are_one_contact()
    {
        var organization = await Play("21-old-number-writes", "21-new-number-writes", "21-number-changed");
        var conversation = Assert.Single(await Open(organization));
        Assert.Equal("5511955550002", conversation.WhatsappId);
        Assert.Equal(1, await Count("select count(distinct contact_id)::int from conversations where organization_id = @Id", organization));
        Assert.Contains("system", await Types(organization));
    }

    [Fact]
    public async Task A_number_that_belonged_to_somebody_else_before_changes_hands_without_their_conversations()
    {
        var organization = await Given.Organization(_node);
        await Deliver(Moved(Fixture.Load("21-new-number-writes").With("BR.newUser2", "BR.stranger"), organization.Number));
        await Deliver(Moved(Fixture.Load("21-old-number-writes"), organization.Number));
        await Deliver(Moved(Fixture.Load("21-number-changed"), organization.Number));
        Assert.Equal(2, await Count("select count(distinct contact_id)::int from conversations where organization_id = @Id", organization));
        var later = Meta.Text(organization.Number, "5511955550002", "com o número novo");
        await Meta.Deliver(_node, later);
        Assert.Equal(2, (await Open(organization)).Count);
    }

    [Fact]
    public async Task A_new_user_id_without_a_number_is_the_same_contact()
    {
        var organization = await Play("22-before", "22-user-id-changed", "22-after");
        Assert.Equal(2, Assert.Single(await Open(organization)).InboundCount);
    }

    [Fact]
    public async Task A_name_follows_the_profile_and_an_empty_one_changes_nothing()
    {
        var organization = await Play("25-name-first", "25-name-changed");
        var changed = Assert.Single(await Open(organization)).Name;
        Assert.NotEqual("João", changed);
        await Deliver(Moved(Fixture.Load("25-name-empty"), organization.Number));
        Assert.Equal(changed, Assert.Single(await Open(organization)).Name);
    }

    [Fact]
    public async Task Content_that_arrives_later_completes_its_placeholder()
    {
        var organization = await Play("48-unavailable");
        Assert.Equal(["unsupported"], await Types(organization));
        await Deliver(Moved(Fixture.Load("48-content-later"), organization.Number));
        Assert.Equal(["text"], await Types(organization));
    }

    [Theory]
    [InlineData("49-original", "49-edit", "49-revoke")]
    [InlineData("49-original", "49-revoke", "49-edit")]
    [InlineData("49-revoke", "49-edit", "49-original")]
    public async Task Edits_and_revocations_end_the_same_in_any_order(params string[] names)
    {
        var organization = await Play(names);
        await _node.Database.ExecuteAsync("update webhook_items_set_aside set due_at = now() where phone_number_id = @PhoneNumberId", new { organization.Number.PhoneNumberId });
        await _node.Get<DeferredItems>().RequeueDueAsync(TestContext.Current.CancellationToken);
        await Meta.Work(_node);
        var content = await _node.Database.SingleAsync<string>("select content::text from messages where organization_id = @Id", new { organization.Id });
        Assert.Contains("revoked_at", content);
        Assert.DoesNotContain("Chego", content);
    }

    [Fact]
    public async Task An_answer_from_the_phone_app_shows_as_outbound_and_leaves_nothing_unread()
    {
        var organization = await Play("50-echo");
        var message = await _node.Database.SingleAsync<Message>("select * from messages where organization_id = @Id", new { organization.Id });
        Assert.Equal(("outbound", "agent", "sent"), (message!.Direction, message.SenderType, message.Status));
        var conversation = Assert.Single(await Open(organization));
        Assert.Equal(0, conversation.InboundCount);
        Assert.Null(conversation.WindowExpiresAt);
    }

    [Fact]
    public async Task A_history_opens_no_window_and_no_conversation_and_is_not_unread()
    {
        var organization = await Play("51-history-chunk-2", "51-history-chunk-1");
        Assert.Empty(await Open(organization));
        Assert.Equal(0, await Count("select coalesce(sum(inbound_count), 0)::int from conversations where organization_id = @Id", organization));
        Assert.NotEqual(0, await Count("select count(*)::int from messages where organization_id = @Id", organization));
        Assert.Equal(0, await Count("select count(*)::int from conversations where organization_id = @Id and window_expires_at is not null", organization));
    }

    [Fact]
    public async Task A_long_history_is_processed_together_with_what_others_write_meanwhile()
    {
        var organization = await Given.Organization(_node);
        object Old(int n) => new { id = $"55119666600{n % 7:D2}", messages = new[] { Meta.TextMessage($"55119666600{n % 7:D2}", $"old {n}", at: DateTime.UtcNow.AddDays(-n - 1)) } };
        var chunks = Enumerable.Range(0, 60).Select(n => (object)new { metadata = new { phase = 0, chunk_order = n, progress = n }, threads = new[] { Old(n) } }).ToArray();
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Text(organization.Number, "5511966660099", "live")));
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.History(organization.Number, chunks)));
        await Meta.Work(_node);

        Assert.Equal(61, await Count("select count(*)::int from messages where organization_id = @Id", organization));
        Assert.Equal(1, await Count("select count(distinct xmin::text)::int from messages where organization_id = @Id", organization));
        Assert.Equal("5511966660099", Assert.Single(await Open(organization)).WhatsappId);
    }

    [Fact]
    public async Task A_customer_who_wants_no_marketing_is_marked_until_they_resume()
    {
        var organization = await Play("26-writes-after", "26-opted-out");
        Assert.Equal(1, await Count("select count(*)::int from contacts where organization_id = @Id and opted_out_at is not null", organization));
        await Deliver(Moved(Fixture.Load("26-resumed"), organization.Number));
        Assert.Equal(0, await Count("select count(*)::int from contacts where organization_id = @Id and opted_out_at is not null", organization));
    }

    [Fact]
    public async Task What_is_said_in_a_group_is_parked_and_enters_no_private_conversation()
    {
        var organization = await Play("36-group-message");
        Assert.Empty(await Open(organization));
        Assert.Equal("parked", await _node.Database.SingleAsync<string>(
            "select state from webhook_items_set_aside where phone_number_id = @PhoneNumberId", new { organization.Number.PhoneNumberId }));
    }

    [Fact]
    public async Task Items_of_a_number_that_moved_go_to_the_organization_that_has_it_now()
    {
        var (before, after) = (await Given.Organization(_node), await Given.Organization(_node));
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Moved(Fixture.Load("68-number-moved"), before.Number)));
        await _node.Database.ExecuteAsync("update whatsapp_numbers set organization_id = @to where id = @number", new { to = after.Id, number = before.Number.Id });
        await Meta.Work(_node);
        Assert.Empty(await Open(before));
        Assert.Single(await Open(after));
    }

    private async Task<TestOrganization> Play(params string[] names)
    {
        var organization = await Given.Organization(_node);
        foreach (var name in names) await Deliver(Moved(Fixture.Load(name), organization.Number));
        return organization;
    }

    private async Task Deliver(byte[] body)
    {
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, body));
        await Meta.Work(_node);
    }

    private static byte[] Moved(Fixture fixture, TestNumber number) => Encoding.Latin1.GetBytes(
        Encoding.Latin1.GetString(fixture.Body).Replace(Fixture.PhoneNumberId, number.PhoneNumberId).Replace(Fixture.OtherPhoneNumberId, number.PhoneNumberId));

    private Task<List<Row>> Open(TestOrganization organization) => _node.Database.QueryAsync<Row>("""
        select c.id, c.inbound_count, c.window_expires_at, k.name, k.whatsapp_id
        from conversations c join contacts k on k.id = c.contact_id
        where c.organization_id = @Id and c.status = 'open'
        """, new { organization.Id });

    private Task<int> Count(string sql, TestOrganization organization) => _node.Database.SingleAsync<int>(sql, new { organization.Id });

    private Task<List<string>> Types(TestOrganization organization)
        => _node.Database.QueryAsync<string>("select message_type from messages where organization_id = @Id", new { organization.Id });

    private sealed record Row(Guid Id, int InboundCount, DateTime? WindowExpiresAt, string? Name, string WhatsappId);

    private sealed record DeferredItem(string State, string Error, string Payload);
}

/// <summary>Webhooks that are stored first and processed from the queue.</summary>
public sealed class StoredFixtureTests(NodeFixture fixture) : FixtureTests(fixture), IClassFixture<NodeFixture>;

/// <summary>Webhooks that take effect in the transaction that acknowledges them.</summary>
public sealed class DirectFixtureTests(DirectNodeFixture fixture) : FixtureTests(fixture), IClassFixture<DirectNodeFixture>;
