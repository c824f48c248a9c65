using System.Net;
using System.Text;
using System.Text.Json;
using PyTake.Conversations;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Whose a message is, and where its answer goes (WHATSAPP, section 6).</summary>
public abstract class IdentityTests(NodeFixture fixture)
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private readonly TestNode _node = fixture.Node;

    [Fact]
    public async Task A_landline_and_the_mobile_with_the_same_tail_are_two_customers()
    {
        var organization = await Play("identity-01a-landline", "identity-01b-mobile-same-tail");

        var contacts = await Contacts(organization);
        Assert.Equal([("551131650801", "+551131650801"), ("5511931650801", "+5511931650801")], contacts.Select(c => (c.WhatsappId, c.PhoneNumber)));
        Assert.Equal(["landline", "mobile"], contacts.Select(c => c.Numbers.Single().Kind!));
        Assert.Equal(2, (await Conversations(organization, "")).Select(c => c.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("552125550101", "5521925550101", 2)]
    [InlineData("555132123456", "5551932123456", 2)]
    [InlineData("558541234567", "5585941234567", 2)]
    [InlineData("551151234567", "5511951234567", 2)]
    [InlineData("551165554444", "5511965554444", 1)]
    [InlineData("551178901234", "5511978901234", 1)]
    [InlineData("551187654321", "5511987654321", 1)]
    [InlineData("551199998888", "5511999998888", 1)]
    [InlineData("525512345678", "5215512345678", 1)]
    [InlineData("541123456789", "5491123456789", 1)]
    public async Task Two_spellings_are_one_customer_where_nobody_else_can_have_the_other(string one, string other, int customers)
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, Meta.Text(organization.Number, one, "1"), Meta.Text(organization.Number, other, "2"));

        var contacts = await Contacts(organization);
        Assert.Equal(customers, contacts.Length);
        Assert.Equal(customers == 1 ? [other] : [one, other], contacts.Select(c => c.WhatsappId));
    }

    [Fact]
    public async Task Two_spellings_with_different_user_ids_are_two_customers()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, From(organization, "551187654321", "BR.one"), From(organization, "5511987654321", "BR.other"));

        Assert.Equal(["5511987654321", "BR.one"], (await Contacts(organization)).Select(c => c.WhatsappId));
    }

    [Fact]
    public async Task A_customer_is_answered_where_they_last_wrote_from_and_found_by_both_numbers()
    {
        var organization = await Play("identity-46a-phone1-bsuid", "identity-46b-phone2-same-bsuid");

        var contact = Assert.Single(await Contacts(organization));
        Assert.Equal(("5521991275926", "+5521991275926"), (contact.WhatsappId, contact.PhoneNumber));
        Assert.Equal([("+5521991275926", true), ("+5511992287001", false)], contact.Numbers.Select(n => (n.Number, n.IsPresent)));
        Assert.Equal("+55 21 99127-5926", contact.Numbers[0].Formatted);
        foreach (var number in (string[])["5521991275926", "5511992287001"])
        {
            Assert.Single(await Conversations(organization, number));
            Assert.Single((await organization.Agent.Http.Get($"/api/v1/contacts?q={number}")).As<Contact[]>());
        }
    }

    [Fact]
    public async Task A_number_moves_with_each_message_and_not_with_one_that_comes_late()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node,
            From(organization, "5511955550011", "BR.mover", Noon), From(organization, "5511955550012", "BR.mover", Noon.AddHours(1)),
            From(organization, "5511955550011", "BR.mover", Noon.AddMinutes(30)));
        Assert.Equal("5511955550012", Assert.Single(await Contacts(organization)).WhatsappId);

        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [
            Message("5511955550013", "BR.mover", Noon.AddHours(3)), Message("5511955550011", "BR.mover", Noon.AddHours(2))]));
        var contact = Assert.Single(await Contacts(organization));
        Assert.Equal("5511955550013", contact.WhatsappId);
        Assert.Equal(["+5511955550011", "+5511955550012", "+5511955550013"], contact.Numbers.Select(n => n.Number).Order());

        await Meta.Deliver(_node, From(organization, "5511955550011", null, Noon.AddHours(4)));
        Assert.Equal("5511955550011", Assert.Single(await Contacts(organization)).WhatsappId);
    }

    [Fact]
    public async Task A_customer_who_hides_their_number_is_answered_by_their_user_id()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, From(organization, "5511955550014", "BR.shy", Noon), From(organization, null, "BR.shy", Noon.AddHours(1)));

        var contact = Assert.Single(await Contacts(organization));
        Assert.Equal(("BR.shy", "+5511955550014"), (contact.WhatsappId, contact.PhoneNumber));
    }

    [Fact]
    public async Task A_number_as_the_phone_app_typed_it_gives_way_to_the_customers_own()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, Echo(organization, "5511987650001", "Olá"), Meta.Text(organization.Number, "551187650001", "Oi"));

        Assert.Equal("551187650001", Assert.Single(await Contacts(organization)).WhatsappId);
        Assert.Single(await Conversations(organization, "5511987650001"));
        Assert.Single(await Conversations(organization, "551187650001"));

        await Meta.Deliver(_node, Echo(organization, "5511987650001", "Olá de novo"));
        Assert.Equal("551187650001", Assert.Single(await Contacts(organization)).WhatsappId);
    }

    [Fact]
    public async Task A_number_that_was_given_to_somebody_else_is_another_customer()
    {
        var organization = await Given.Organization(_node);
        const string Number = "5511955550020";
        await Meta.Deliver(_node, From(organization, Number, "BR.before", text: "segredo"), From(organization, Number, "BR.after", text: "oi"));

        var contacts = await Contacts(organization);
        Assert.Equal([(Number, "+" + Number), ("BR.before", null)], contacts.Select(c => (c.WhatsappId, c.PhoneNumber)));
        Assert.Equal([("+" + Number, false)], contacts[1].Numbers.Select(n => (n.Number, n.IsPresent)));
        Assert.Equal(2, (await Conversations(organization, "")).Length);

        await Meta.Deliver(_node, From(organization, Number, null, text: "sem id"), From(organization, null, "BR.before", text: "ainda eu"));
        Assert.Equal(2, (await Contacts(organization)).Length);
        Assert.Equal(["segredo", "ainda eu"], await Texts(organization, "BR.before"));
        Assert.Equal(["oi", "sem id"], await Texts(organization, Number));
    }

    [Fact]
    public async Task A_user_id_wins_over_a_number_and_makes_no_two_contacts_one()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node,
            From(organization, "5511955550021", "BR.first", text: "1"), From(organization, "5511955550022", "BR.second", text: "2"),
            From(organization, "5511955550022", "BR.first", text: "3"));

        Assert.Equal(["1", "3"], await Texts(organization, "5511955550022"));
        Assert.Equal(["2"], await Texts(organization, "BR.second"));
    }

    [Fact]
    public async Task Two_who_may_be_one_stay_two_until_WhatsApp_says_so_and_nobody_gets_what_is_not_theirs()
    {
        var organization = await Given.Organization(_node);
        const string Number = "5511955550023";
        await Meta.Deliver(_node, From(organization, Number, null, text: "1"), From(organization, null, "BR.who", text: "2"), From(organization, Number, "BR.who", text: "3"));

        var contacts = await Contacts(organization);
        Assert.Equal([null, "+" + Number], contacts.Select(c => c.PhoneNumber).Order());
        Assert.Equal(2, (await Conversations(organization, "")).Length);

        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [new
        {
            from = Number, id = Meta.Wamid(), timestamp = "1790000009", type = "system",
            system = new { type = "user_changed_user_id", previous_user_id = "BR.who", user_id = "BR.who2" },
        }]));
        Assert.Equal(2, (await Contacts(organization)).Length);
        await Meta.Deliver(_node, From(organization, null, "BR.who2", text: "4"));
        Assert.Equal(["2", "3", "4"], await Texts(organization, "BR.who2"));
    }

    [Fact]
    public async Task A_customer_first_seen_by_number_is_the_same_when_their_user_id_is_shown_later()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, From(organization, "5511955550024", null), From(organization, "5511955550024", "BR.late"), From(organization, null, "BR.late"));
        Assert.Single(await Contacts(organization));
    }

    [Fact]
    public async Task A_changed_user_id_is_what_is_sent_to()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, From(organization, null, "BR.old"));
        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [new
        {
            id = Meta.Wamid(), timestamp = "1790000009", type = "system",
            system = new { type = "user_changed_user_id", previous_user_id = "BR.old", user_id = "BR.new" },
        }]));
        Assert.Equal("BR.new", Assert.Single(await Contacts(organization)).WhatsappId);
    }

    [Fact]
    public async Task A_changed_number_takes_it_from_who_had_it_before()
    {
        var organization = await Given.Organization(_node);
        const string Old = "5511955550025", New = "5511955550026";
        await Meta.Deliver(_node, From(organization, New, "BR.previousOwner"), From(organization, Old, "BR.changes"));
        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [new
        {
            from = Old, from_user_id = "BR.changed", id = Meta.Wamid(), timestamp = "1790000009", type = "system",
            system = new { type = "user_changed_number", wa_id = New, previous_user_id = "BR.changes", user_id = "BR.changed" },
        }]));

        var contacts = await Contacts(organization);
        Assert.Equal([New, "BR.previousOwner"], contacts.Select(c => c.WhatsappId));
        Assert.Equal(["+" + New, "+" + Old], contacts[0].Numbers.Select(n => n.Number));
    }

    [Fact]
    public async Task The_same_message_under_the_customers_own_id_is_quoted_and_reacted_to()
    {
        var organization = await Play("identity-36a-original", "identity-36b-reply-context-bsuid-wamid", "identity-36c-reaction-bsuid-wamid");

        var messages = await Messages(organization);
        Assert.Equal(messages[0].Id, messages[1].ReplyToMessageId);
        Assert.Contains("👍", messages[0].Reactions.Text);
        Assert.Equal("[]", messages[1].Reactions.Text);
    }

    [Fact]
    public async Task What_names_a_message_in_the_same_webhook_finds_it_too()
    {
        var organization = await Given.Organization(_node);
        var (ours, theirs) = Ids("5511955550030", "BR.batch");
        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [
            With(Message("5511955550030", "BR.batch", Noon), "id", ours),
            With(Message("5511955550030", "BR.batch", Noon), "context", new { id = theirs })]));

        var messages = await Messages(organization);
        Assert.Equal(messages[0].Id, messages[1].ReplyToMessageId);
    }

    [Fact]
    public async Task A_deletion_and_an_edit_under_the_customers_own_id_take_effect()
    {
        var organization = await Given.Organization(_node);
        const string Customer = "5511955550031";
        var (ours, theirs) = Ids(Customer, "BR.editor");
        var (second, secondOfTheirs) = Ids(Customer, "BR.editor");
        await Meta.Deliver(_node,
            With(organization, Customer, "BR.editor", "minha senha", ours), With(organization, Customer, "BR.editor", "antes", second),
            Meta.Other(organization.Number, Customer, "revoke", new { original_message_id = theirs }),
            Meta.Other(organization.Number, Customer, "edit",
                new { original_message_id = secondOfTheirs, message = new { type = "text", text = new { body = "depois" } } }, at: DateTime.UtcNow));

        var messages = await Messages(organization);
        Assert.DoesNotContain("senha", messages[0].Content.Text);
        Assert.Contains("revoked_at", messages[0].Content.Text);
        Assert.Contains("depois", messages[1].Content.Text);
    }

    [Fact]
    public async Task What_comes_before_its_message_waits_for_it_under_any_id()
    {
        var organization = await Given.Organization(_node);
        const string Customer = "5511955550032";
        var (ours, theirs) = Ids(Customer, "BR.early");
        await Meta.Deliver(_node, Meta.Other(organization.Number, Customer, "reaction", new { message_id = theirs, emoji = "👍" }));
        Assert.Empty(await Messages(organization));

        await Meta.Deliver(_node, With(organization, Customer, "BR.early", "olá", ours));
        await _node.Get<Webhooks.DeferredItems>().RequeueDueAsync(TestContext.Current.CancellationToken);
        await Meta.Work(_node);

        Assert.Contains("👍", Assert.Single(await Messages(organization)).Reactions.Text);
    }

    [Fact]
    public async Task A_key_that_two_customers_messages_share_is_never_matched_across_them()
    {
        var organization = await Given.Organization(_node);
        const string One = "5511955550033", Other = "5511955550034";
        var key = Key();
        await Meta.Deliver(_node, With(organization, One, "BR.oneOfTwo", "de um", Id(One, key)));
        await Meta.Deliver(_node,
            Meta.Other(organization.Number, Other, "revoke", new { original_message_id = Id("BR.otherOfTwo", key) }),
            Meta.Other(organization.Number, Other, "reaction", new { message_id = Id("BR.otherOfTwo", key), emoji = "👎" }),
            Meta.Webhook(organization.Number, [With(Message(Other, "BR.otherOfTwo", Noon), "context", new { id = Id("BR.otherOfTwo", key) })]));

        var messages = await Messages(organization);
        Assert.Equal(2, messages.Count);
        Assert.Contains("de um", messages[0].Content.Text);
        Assert.Equal("[]", messages[0].Reactions.Text);
        Assert.Null(messages[1].ReplyToMessageId);
    }

    [Fact]
    public async Task A_status_under_the_customers_id_ticks_the_message()
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.OpenConversation(organization);
        var (ours, theirs) = Ids(conversation.Contact.WhatsappId, "BR.ticks");
        var message = await Outbound(conversation, "oi", ours, MessageStatus.Sent);

        await Meta.Deliver(_node, Meta.Status(organization.Number, theirs, "read", conversation.Contact.WhatsappId));

        Assert.Equal((MessageStatus.Read, ours), await Status(message.Id));
    }

    [Theory]
    [InlineData("sending", true)]
    [InlineData("unknown", true)]
    [InlineData("queued", false)]
    public async Task An_echo_of_a_message_that_waits_for_its_answer_is_that_message(string state, bool isOurs)
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.OpenConversation(organization);
        var message = await Outbound(conversation, "Vou verificar", null, MessageStatus.Pending);
        await _node.Database.ExecuteAsync("""
            insert into outbox (message_id, organization_id, conversation_id, whatsapp_number_id, contact_id, state, due_at)
            values (@message, @organization, @conversation, @number, @contact, @state, now())
            """, new { message = message.Id, organization = organization.Id, conversation = conversation.Id, number = organization.Number.Id, contact = conversation.Contact.Id, state });
        var wamid = Id(conversation.Contact.WhatsappId, Key());

        await Meta.Deliver(_node, Echo(organization, conversation.Contact.WhatsappId, "outra coisa"));
        await Meta.Deliver(_node, Echo(organization, conversation.Contact.WhatsappId, "Vou verificar", wamid));

        Assert.Equal(isOurs ? 3 : 4, (await Messages(organization)).Count);
        Assert.Equal(isOurs ? (MessageStatus.Sent, wamid) : (MessageStatus.Pending, null), await Status(message.Id));
        if (!isOurs) return;
        Assert.Equal(0, await _node.Database.SingleAsync<int>("select count(*)::int from outbox where message_id = @Id", new { message.Id }));
        await Meta.Deliver(_node, Meta.Status(organization.Number, wamid, "delivered", conversation.Contact.WhatsappId));
        Assert.Equal((MessageStatus.Delivered, wamid), await Status(message.Id));
    }

    [Fact]
    public async Task An_echo_of_a_message_that_was_given_up_shows_that_it_arrived()
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.OpenConversation(organization);
        var message = await Outbound(conversation, "Chegou?", null, MessageStatus.Failed);
        await Given.Changed(conversation, message.Id, ChangeKind.Status, m => m with { ErrorCode = "timeout" });

        await Meta.Deliver(_node, Echo(organization, conversation.Contact.WhatsappId, "Chegou?", "wamid.arrived"));

        Assert.Equal((MessageStatus.Sent, "wamid.arrived"), await Status(message.Id));
        Assert.Equal(2, (await Messages(organization)).Count);
    }

    [Fact]
    public async Task An_echo_under_another_id_than_the_answers_is_the_same_message()
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.OpenConversation(organization);
        var (ours, theirs) = Ids(conversation.Contact.WhatsappId, "BR.echo");
        await Outbound(conversation, "Bom dia", ours, MessageStatus.Sent);

        await Meta.Deliver(_node, Echo(organization, conversation.Contact.WhatsappId, "Bom dia", theirs));

        Assert.Equal(2, (await Messages(organization)).Count);
    }

    [Fact]
    public async Task A_quoted_message_of_a_closed_conversation_can_be_read()
    {
        var organization = await Given.Organization(_node);
        const string Customer = "5511955550035";
        var (ours, theirs) = Ids(Customer, "BR.quotes");
        await Meta.Deliver(_node, With(organization, Customer, "BR.quotes", "pergunta antiga", ours));
        await _node.Database.ExecuteAsync("update conversations set status = 'closed' where organization_id = @Id", new { organization.Id });
        await Meta.Deliver(_node, Meta.Webhook(organization.Number, [With(Message(Customer, "BR.quotes", DateTime.UtcNow), "context", new { id = theirs })]));

        var (old, reply) = ((await Messages(organization))[0], (await Messages(organization))[1]);
        Assert.NotEqual(old.ConversationId, reply.ConversationId);
        Assert.Equal(old.Id, reply.ReplyToMessageId);
        var quoted = (await organization.Viewer.Http.Get($"/api/v1/messages/{reply.ReplyToMessageId}")).Expect(HttpStatusCode.OK).As<Message>();
        Assert.Equal((old.Id, old.ConversationId), (quoted.Id, quoted.ConversationId));
        Assert.Contains("pergunta antiga", quoted.Content.Text);
        var other = await Given.Organization(_node);
        (await other.Admin.Http.Get($"/api/v1/messages/{old.Id}")).ExpectError(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Messages_are_found_by_their_key_with_an_index()
    {
        await using var connection = await _node.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new Npgsql.NpgsqlCommand("""
            set enable_seqscan = off;
            explain select id from messages
            where whatsapp_number_id = gen_random_uuid() and whatsapp_message_id like 'wamid.HB%' and wamid_key(whatsapp_message_id) = 'K'
            """, connection);
        var plan = new StringBuilder();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) plan.AppendLine(reader.GetString(0));
        Assert.Contains("messages_wamid_key", plan.ToString(), StringComparison.Ordinal);
    }

    private async Task<TestOrganization> Play(params string[] names)
    {
        var organization = await Given.Organization(_node);
        foreach (var name in names)
            await Meta.Deliver(_node, JsonSerializer.Deserialize<JsonElement>(Fixture.Load(name).For(organization.Number.PhoneNumberId).Body));
        return organization;
    }

    private static async Task<Shown[]> Contacts(TestOrganization organization)
        => [.. (await organization.Agent.Http.Get("/api/v1/contacts")).As<Shown[]>().OrderBy(c => c.WhatsappId, StringComparer.Ordinal)];

    private static async Task<Conversation[]> Conversations(TestOrganization organization, string search)
        => (await organization.Agent.Http.Get($"/api/v1/conversations{(search.Length == 0 ? "" : $"?q={search}")}")).As<Conversation[]>();

    private Task<List<Message>> Messages(TestOrganization organization) => _node.Database.QueryAsync<Message>(
        "select * from messages where organization_id = @Id order by created_at", new { organization.Id });

    private Task<List<string>> Texts(TestOrganization organization, string address) => _node.Database.QueryAsync<string>("""
        select m.content ->> 'text'
        from messages m join conversations c on c.id = m.conversation_id join contacts k on k.id = c.contact_id
        where k.organization_id = @Id and k.whatsapp_id = @address and m.message_type = 'text'
        order by m.created_at
        """, new { organization.Id, address });

    private Task<(string Status, string? Wamid)> Status(Guid message)
        => _node.Database.SingleAsync<(string, string?)>("select status, whatsapp_message_id from messages where id = @message", new { message });

    private static Task<Message> Outbound(TestConversation conversation, string text, string? wamid, string status) => Given.Message(conversation, new()
    {
        Id = Guid.CreateVersion7(), ConversationId = conversation.Id, Direction = Direction.Outbound, SenderType = SenderType.Agent,
        MessageType = MessageType.Text, Content = new(JsonSerializer.Serialize(new { text })), Status = status, WhatsappMessageId = wamid,
        CreatedAt = DateTime.UtcNow, OccurredAt = DateTime.UtcNow,
    });

    private static object From(TestOrganization organization, string? number, string? userId, DateTime? at = null, string text = "oi")
        => Meta.Webhook(organization.Number, [Message(number, userId, at, text)]);

    private static object With(TestOrganization organization, string number, string userId, string text, string wamid)
        => Meta.Webhook(organization.Number, [With(Message(number, userId, null, text), "id", wamid)]);

    private static Dictionary<string, object?> Message(string? number, string? userId, DateTime? at, string text = "oi") => new()
    {
        ["from"] = number, ["from_user_id"] = userId, ["id"] = Meta.Wamid(), ["type"] = "text", ["text"] = new { body = text },
        ["timestamp"] = new DateTimeOffset(at ?? DateTime.UtcNow.AddMinutes(-1)).ToUnixTimeSeconds().ToString(),
    };

    private static Dictionary<string, object?> With(Dictionary<string, object?> message, string member, object value)
    {
        message[member] = value;
        return message;
    }

    private static object Echo(TestOrganization organization, string to, string text, string? wamid = null) => Meta.Webhook(organization.Number, [new
    {
        from = organization.Number.PhoneNumber, to, id = wamid ?? Meta.Wamid(), timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(), type = "text",
        text = new { body = text },
    }], field: "smb_message_echoes");

    private static string Key() => Guid.NewGuid().ToString("N").ToUpperInvariant();

    private static (string Ours, string Theirs) Ids(string number, string userId)
    {
        var key = Key();
        return (Id(number, key), Id(userId, key));
    }

    /// <summary>A contact as REST shows it.</summary>
    private sealed record Shown(string WhatsappId, string? PhoneNumber, ContactNumber[] Numbers);

    /// <summary>An id in Meta's form, with a party's number or user id.</summary>
    private static string Id(string party, string key)
    {
        byte[] id = [0x1C, 0x18, (byte)party.Length, .. Encoding.ASCII.GetBytes(party), 0x15, 0x02, 0x00, 0x12, 0x18, (byte)key.Length, .. Encoding.ASCII.GetBytes(key), 0x00];
        return "wamid." + Convert.ToBase64String(id);
    }
}

/// <summary>Webhooks that are stored first and processed from the queue.</summary>
public sealed class StoredIdentityTests(NodeFixture fixture) : IdentityTests(fixture), IClassFixture<NodeFixture>;

/// <summary>Webhooks that take effect in the transaction that acknowledges them.</summary>
public sealed class DirectIdentityTests(DirectNodeFixture fixture) : IdentityTests(fixture), IClassFixture<DirectNodeFixture>;
