using System.Net;
using System.Text;
using System.Text.Json;
using Dapper;
using PyTake.WhatsApp;

namespace PyTake.Conversations;

/// <summary>An administrator erases a customer: nothing of them is left, and everybody who looks on sees it.</summary>
public sealed class ErasureTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task Nothing_in_the_whole_database_names_the_customer_or_says_what_was_written()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database);
        var organization = await Given.Organization(node);
        var number = organization.Number;
        const string Customer = "5511987654321", WithoutNine = "551187654321", UserId = "BR.13491208655302741918";
        await Meta.Deliver(node,
            Meta.Other(number, Customer, "image", new { id = "1234509876", mime_type = "image/jpeg", sha256 = "c2hhLWRhLWZvdG8", caption = "legenda-da-foto" }),
            Meta.Other(number, Customer, "contacts", new[] { new { name = new { formatted_name = "Amiga Indicada" }, phones = new[] { new { phone = "+55 11 90000-7777" } } } }),
            Meta.Webhook(number, [Meta.TextMessage(Customer, "palavra-inicial", wamid: Wamid(Customer, 1))],
                contacts: [new { profile = new { name = "Zuleica Quaresma", username = "zuleica.q" }, wa_id = Customer, user_id = UserId }]));
        var conversation = (await organization.Agent.Http.Get("/api/v1/conversations?q=palavra")).Body[0];
        var (path, contact) = ($"/api/v1/conversations/{conversation.GetProperty("id")}", conversation.GetProperty("contact_id").GetGuid());
        var first = (await organization.Agent.Http.Get($"{path}/messages")).As<Message[]>()[0];
        (await organization.Agent.Http.Post($"{path}/messages",
            new { message_type = "text", content = new { text = "resposta-da-agente" }, reply_to_message_id = first.Id })).Expect(HttpStatusCode.Created);
        (await organization.Agent.Http.Post($"{path}/notes", new { text = "nota-interna" })).Expect(HttpStatusCode.Created);
        (await organization.Agent.Http.Post($"{path}/read")).Expect(HttpStatusCode.OK);
        (await organization.Agent.Http.Put(path, new { tags = new[] { "etiqueta-vip" } })).Expect(HttpStatusCode.OK);
        await database.ExecuteAsync("update conversations set extra_data = '{\"pedido\":\"pedido-secreto\"}'");
        (await organization.Agent.Http.Put($"/api/v1/contacts/{contact}",
            new { name = "Dona Zuleica", tags = new[] { "etiqueta-contato" }, attributes = new { cpf = "123.456.789-09" } })).Expect(HttpStatusCode.OK);
        // What could not be processed is kept as it came: of a message that is not here, and one that failed.
        await Meta.Deliver(node,
            Meta.Status(number, Wamid(Customer, 2), "delivered", Customer),
            Meta.Other(number, WithoutNine, "reaction", new { message_id = Wamid(Customer, 3), emoji = "🦜" }));
        string[] words =
        [
            Customer, WithoutNine, UserId, "13491208655302741918", "Zuleica", "zuleica", "Quaresma", "palavra-inicial", "legenda-da-foto", "c2hhLWRhLWZvdG8", "1234509876",
            "Amiga Indicada", "90000-7777", "resposta-da-agente", "nota-interna", "etiqueta-vip", "pedido-secreto", "etiqueta-contato", "123.456.789-09", "🦜",
            .. await database.QueryAsync<string>("select whatsapp_message_id from messages where whatsapp_message_id is not null"),
        ];
        var before = await FindAsync(database, words);
        Assert.Empty(words.Except(before.Select(found => found.Word)));
        foreach (var table in (string[])["contacts", "contact_identities", "conversations", "messages", "webhook_items_set_aside", "read_receipts"])
            Assert.Contains(before, found => found.Table == table);

        (await organization.Admin.Http.Delete($"/api/v1/contacts/{contact}")).Expect(HttpStatusCode.NoContent);

        Assert.Empty(await FindAsync(database, words));
        Assert.Equal(0, await database.SingleAsync<int>("select count(*)::int from outbox"));
        // What is left: ids, numbers in streams, times, and who of the company wrote.
        Assert.All(await database.QueryAsync<(string Type, string Content, string? Meta, string? Media, string Reactions)>(
            "select message_type, content - 'erased_at', meta::text, media::text, reactions::text from messages"),
            row => Assert.Equal(("erased", "{}", null, null, "[]"), row));
        Assert.Equal("{}", await database.SingleAsync<string>(
            "select jsonb_strip_nulls(to_jsonb(k) - '{id,organization_id,created_at,updated_at,erased_at,is_erasing,whatsapp_id,tags,attributes}'::text[])::text from contacts k"));
    }

    [Fact]
    public async Task Who_has_it_open_sees_each_message_change_and_the_conversation_go()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization, "uma pergunta");
        var answer = await SendAsync(conversation, "uma resposta");
        await using var agent = await SignalRClient.ConnectAsync(fixture.Node, organization.Agent.Token);
        await agent.Join(conversation.Id);
        await agent.Watch();

        (await organization.Admin.Http.Delete($"/api/v1/contacts/{conversation.Contact.Id}")).Expect(HttpStatusCode.NoContent);

        var seen = new[] { await agent.Next("message:updated"), await agent.Next("message:updated") };
        Assert.All(seen, message => Assert.Equal("erased", message.GetProperty("message_type").GetString()));
        Assert.All(seen, message => Assert.Equal(["erased_at"], message.GetProperty("content").EnumerateObject().Select(member => member.Name)));
        Assert.Equal([3L, 4L], seen.Select(message => message.GetProperty("seq").GetInt64()));
        Assert.Equal("failed", seen.Single(message => message.GetProperty("id").GetGuid() == answer.Id).GetProperty("status").GetString());
        Assert.Equal(conversation.Id, (await agent.Next("conversation:removed")).GetProperty("conversation_id").GetGuid());
    }

    [Fact]
    public async Task Who_was_away_catches_up_across_it()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization, "uma pergunta");
        var sent = await SendAsync(conversation, "uma resposta");
        await Given.Changed(conversation, sent.Id, ChangeKind.Status, m => m with { Status = MessageStatus.Delivered, DeliveredAt = DateTime.UtcNow });
        var list = long.Parse((await organization.Agent.Http.Get("/api/v1/conversations")).Header("X-Inbox-Seq"));

        (await organization.Admin.Http.Delete($"/api/v1/contacts/{conversation.Contact.Id}")).Expect(HttpStatusCode.NoContent);

        var missed = (await organization.Agent.Http.Get($"{conversation.Path}/messages?changed_after=3")).Expect(HttpStatusCode.OK);
        Assert.Equal([4L, 5L], missed.As<Message[]>().Select(m => m.Seq));
        Assert.All(missed.As<Message[]>(), m => Assert.Equal(MessageType.Erased, m.MessageType));
        Assert.Equal("5", missed.Header("X-Last-Seq"));
        Assert.Equal("2", missed.Header("X-Total-Count"));
        var changed = (await organization.Agent.Http.Get($"/api/v1/conversations?changed_after={list}")).Expect(HttpStatusCode.OK).Body;
        var erased = Assert.Single(changed.EnumerateArray());
        Assert.Equal("closed", erased.GetProperty("status").GetString());
        Assert.Equal("", erased.GetProperty("last_message").GetProperty("preview").GetString());
        Assert.NotEqual(JsonValueKind.Undefined, erased.GetProperty("contact").GetProperty("erased_at").ValueKind);
        // By the socket as well, where a tick alone would leave the words on the screen.
        await using var agent = await SignalRClient.ConnectAsync(fixture.Node, organization.Agent.Token);
        await agent.Join(conversation.Id, afterSeq: 3);
        Assert.All([await agent.Next("message:updated"), await agent.Next("message:updated")],
            message => Assert.Equal("erased", message.GetProperty("message_type").GetString()));
    }

    [Fact]
    public async Task A_search_finds_nothing()
    {
        var organization = await Given.Organization(fixture.Node);
        var contact = await Given.Contact(organization, "Quitéria Ximenes");
        var conversation = await Given.OpenConversation(organization, "abacaxi maduro", contact);

        (await organization.Admin.Http.Delete($"/api/v1/contacts/{contact.Id}")).Expect(HttpStatusCode.NoContent);

        foreach (var typed in (string[])["quiteria", "Ximenes", "abacaxi", "maduro", contact.WhatsappId, contact.WhatsappId[4..]])
        {
            Assert.Equal("[]", (await organization.Agent.Http.Get($"/api/v1/conversations?q={typed}")).Expect(HttpStatusCode.OK).Text);
            Assert.Equal("[]", (await organization.Agent.Http.Get($"/api/v1/contacts?q={typed}")).Expect(HttpStatusCode.OK).Text);
        }
        Assert.Equal("[]", (await organization.Agent.Http.Get("/api/v1/contacts")).Text);
        (await organization.Agent.Http.Get($"/api/v1/contacts/{contact.Id}")).ExpectError(HttpStatusCode.NotFound);
        (await organization.Agent.Http.Put($"/api/v1/contacts/{contact.Id}", new { name = "Quitéria" })).ExpectError(HttpStatusCode.NotFound);
        (await organization.Agent.Http.Get(conversation.Path)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("GET", "/export")]
    public async Task Only_an_administrator_of_its_organization_may(string method, string route)
    {
        var (organization, stranger) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var conversation = await Given.OpenConversation(organization, "segredo");
        var path = $"/api/v1/contacts/{conversation.Contact.Id}{route}";

        foreach (var user in (TestUser[])[organization.Agent, organization.Viewer])
            (await user.Http.Send(new(method), path, null)).ExpectError(HttpStatusCode.Forbidden);
        var theirs = (await stranger.Admin.Http.Send(new(method), path, null)).ExpectError(HttpStatusCode.NotFound);
        Assert.Equal((await stranger.Admin.Http.Send(new(method), $"/api/v1/contacts/{Guid.NewGuid()}{route}", null)).Text, theirs.Text);
        (await fixture.Node.Client().Send(new(method), path, null)).ExpectError(HttpStatusCode.Unauthorized);
        Assert.Contains("segredo", (await organization.Agent.Http.Get($"{conversation.Path}/messages")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_person_at_another_organization_is_not_touched()
    {
        var (organization, other) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        const string Customer = "5531988880001";
        await Meta.Deliver(fixture.Node, Meta.Text(organization.Number, Customer, "para uns"), Meta.Text(other.Number, Customer, "para outros"),
            Meta.Status(other.Number, Meta.Wamid(), "read", Customer));
        var before = await Rows();

        await EraseAsync(organization, Customer);

        Assert.Equal(before, await Rows());
        Assert.Contains("para outros", (await other.Agent.Http.Get($"/api/v1/conversations?q={Customer}")).Text, StringComparison.Ordinal);

        Task<List<string>> Rows() => fixture.Database.QueryAsync<string>("""
            select to_jsonb(k)::text from contacts k where organization_id = @Id
            union all select to_jsonb(i)::text from contact_identities i where organization_id = @Id
            union all select to_jsonb(m)::text from messages m where organization_id = @Id
            union all select to_jsonb(w)::text from webhook_items_set_aside w where phone_number_id = @PhoneNumberId
            order by 1
            """, new { other.Id, other.Number.PhoneNumberId });
    }

    [Fact]
    public async Task Who_writes_again_is_a_new_customer()
    {
        var organization = await Given.Organization(fixture.Node);
        const string Customer = "5531988880002";
        await Meta.Deliver(fixture.Node, Meta.Text(organization.Number, Customer, "antes"));
        var old = await EraseAsync(organization, Customer);
        (await organization.Admin.Http.Delete($"/api/v1/contacts/{old}")).ExpectError(HttpStatusCode.NotFound);

        await Meta.Deliver(fixture.Node, Meta.Text(organization.Number, Customer, "depois"));

        var conversation = (await organization.Agent.Http.Get($"/api/v1/conversations?q={Customer}")).Body.EnumerateArray().Single();
        Assert.NotEqual(old, conversation.GetProperty("contact_id").GetGuid());
        var messages = (await organization.Agent.Http.Get($"/api/v1/conversations/{conversation.GetProperty("id")}/messages")).As<Message[]>();
        Assert.Equal(1, Assert.Single(messages).Seq);
    }

    [Fact]
    public async Task Nothing_more_is_written_to_them()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var failed = await SendAsync(conversation, "falhou");
        await Given.Changed(conversation, failed.Id, ChangeKind.Status, m => m with { Status = MessageStatus.Failed });
        (await organization.Admin.Http.Delete($"/api/v1/contacts/{conversation.Contact.Id}")).Expect(HttpStatusCode.NoContent);

        var agent = organization.Agent.Http;
        foreach (var refused in (Answer[])
            [
                await agent.Post($"{conversation.Path}/reopen"),
                await agent.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "oi" } }),
                await agent.Post($"{conversation.Path}/messages", new { message_type = "template", content = new { name = "a", language = "pt_BR" } }),
                await agent.Post($"{conversation.Path}/messages/{failed.Id}/retry"),
                await agent.Post($"{conversation.Path}/notes", new { text = "era a Ana, do número …" }),
                await agent.Put(conversation.Path, new { tags = new[] { "ana" } }),
                await agent.Post($"{conversation.Path}/assign", new { agent_id = organization.Agent.Id }),
            ])
            refused.ExpectError(HttpStatusCode.Conflict, "erased");
        (await agent.Post("/api/v1/conversations", new { contact_id = conversation.Contact.Id, whatsapp_number_id = organization.Number.Id }))
            .ExpectError(HttpStatusCode.NotFound);
        Assert.Equal(0, (await agent.Get(conversation.Path)).As<Conversation>().FailedCount);
    }

    [Fact]
    public async Task What_comes_later_of_an_erased_message_is_its_tick_and_nothing_else()
    {
        var organization = await Given.Organization(fixture.Node);
        const string Customer = "5531988880003";
        await Meta.Deliver(fixture.Node, Meta.Text(organization.Number, Customer, "uma pergunta"));
        var conversation = (await organization.Agent.Http.Get($"/api/v1/conversations?q={Customer}")).Body[0].GetProperty("id").GetGuid();
        var sent = (await organization.Agent.Http.Post($"/api/v1/conversations/{conversation}/messages", new { message_type = "text", content = new { text = "oi" } })).As<Message>();
        await EraseAsync(organization, Customer);

        await Meta.Deliver(fixture.Node,
            Meta.Status(organization.Number, Wamid(Customer, 9), "read", Customer, message: sent.Id),
            Meta.Status(organization.Number, Wamid(Customer, 9), "failed", Customer, message: sent.Id, error: 131026));

        var row = await fixture.Database.SingleAsync<string>("select to_jsonb(m)::text from messages m where id = @Id", new { sent.Id });
        Assert.DoesNotContain("wamid", row, StringComparison.Ordinal);
        Assert.DoesNotContain("It failed", row, StringComparison.Ordinal);
        Assert.DoesNotContain(Customer, row, StringComparison.Ordinal);
        Assert.Equal(0, await fixture.Database.SingleAsync<int>(
            "select count(*)::int from webhook_items_set_aside where phone_number_id = @PhoneNumberId", organization.Number));
    }

    [Fact]
    public async Task What_a_node_that_died_has_left_is_erased_by_another()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        for (var i = 0; i < EraseMessages.Bite + 3; i++) await Given.InboundMessage(conversation, $"fica {i}");
        // It began a while ago.
        await fixture.Database.ExecuteAsync(
            "update contacts set erased_at = now() - interval '5 minutes', is_erasing = true where id = @Id", new { conversation.Contact.Id });

        await fixture.Node.Get<EraseContact>().ContinueAsync(CancellationToken.None);

        Assert.Equal(EraseMessages.Bite + 4, await fixture.Database.SingleAsync<int>(
            "select count(*)::int from messages where conversation_id = @Id and message_type = 'erased'", new { conversation.Id }));
        Assert.Equal(("closed", false, 2L * (EraseMessages.Bite + 4)), await fixture.Database.SingleAsync<(string, bool, long)>(
            "select c.status, k.is_erasing, c.last_seq from conversations c join contacts k on k.id = c.contact_id where c.id = @Id", new { conversation.Id }));
    }

    [Fact]
    public async Task It_waits_for_a_message_that_is_being_stored()
    {
        var organization = await Given.Organization(fixture.Node);
        const string Customer = "5531988880004";
        await Meta.Deliver(fixture.Node, Meta.Text(organization.Number, Customer, "antes"));
        await using var worker = await fixture.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await worker.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await worker.ExecuteAsync("select pg_advisory_xact_lock(@LockClass, @partition)", new
        {
            WhatsApp.Webhooks.WebhookQueue.LockClass, partition = (int)Nodes.Partitions.Of(WhatsApp.PhoneNumbers.Normalize(Customer)),
        });

        var erasing = EraseAsync(organization, Customer);
        await Wait.Until(() => fixture.Database.SingleAsync<bool>(
            "select exists (select from pg_locks where locktype = 'advisory' and classid = @LockClass and not granted)", new { WhatsApp.Webhooks.WebhookQueue.LockClass }));
        Assert.False(erasing.IsCompleted);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);

        await erasing;
    }

    [Fact]
    public async Task An_export_has_everything_that_is_kept()
    {
        var organization = await Given.Organization(fixture.Node);
        const string Customer = "5531988880005";
        var replied = Wamid(Customer, 5);
        await Meta.Deliver(fixture.Node,
            Meta.Text(organization.Number, Customer, "primeira", wamid: replied),
            Meta.Other(organization.Number, Customer, "image", new { id = "55512345", mime_type = "image/jpeg", sha256 = "aGFzaA", caption = "a foto" }),
            Meta.Status(organization.Number, Wamid(Customer, 6), "read", Customer));
        var contact = await ContactAsync(organization, Customer);
        var conversation = (await organization.Agent.Http.Get($"/api/v1/conversations?q={Customer}")).Body[0].GetProperty("id").GetGuid();
        (await organization.Agent.Http.Post($"/api/v1/conversations/{conversation}/notes", new { text = "uma nota" })).Expect(HttpStatusCode.Created);
        (await organization.Agent.Http.Put($"/api/v1/contacts/{contact}", new { attributes = new { cpf = "1" } })).Expect(HttpStatusCode.OK);
        var many = new TestConversation(organization, conversation, new TestContact(contact, Customer, null));
        for (var i = 0; i < 205; i++) await Given.InboundMessage(many, $"número {i}", at: new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var answer = (await organization.Admin.Http.Get($"/api/v1/contacts/{contact}/export")).Expect(HttpStatusCode.OK);

        Assert.Equal("application/json", answer.Header("content-type"));
        Assert.Contains("attachment", answer.Header("content-disposition"), StringComparison.Ordinal);
        Assert.Contains("no-store", answer.Header("cache-control"), StringComparison.Ordinal);
        var export = answer.Body;
        Assert.Equal("Ana Prado", export.GetProperty("contacts")[0].GetProperty("profile_name").GetString());
        Assert.Equal(WhatsApp.PhoneNumbers.Normalize(Customer), export.GetProperty("identities")[0].GetProperty("value").GetString());
        var messages = export.GetProperty("conversations")[0].GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(208, messages.Count);
        Assert.Equal(208, messages.Select(m => m.GetProperty("id").GetGuid()).Distinct().Count());
        foreach (var words in (string[])["primeira", "a foto", "55512345", "uma nota", "número 204", replied]) Assert.Contains(words, answer.Text, StringComparison.Ordinal);
        Assert.Contains(Wamid(Customer, 6), export.GetProperty("unprocessed_updates")[0].GetString(), StringComparison.Ordinal);
    }

    // An id as WhatsApp makes them: the customer's number is in it.
    private static string Wamid(string customer, int n)
        => $"wamid.HBgN{Convert.ToBase64String(Encoding.ASCII.GetBytes($"{customer}\u0015\u0002\0\u0012\u0018\u0014{n:D20}\0"))}";

    private static async Task<Message> SendAsync(TestConversation conversation, string text) => (await conversation.Organization.Agent.Http.Post(
        $"{conversation.Path}/messages", new { message_type = "text", content = new { text } })).Expect(HttpStatusCode.Created).As<Message>();

    private static async Task<Guid> ContactAsync(TestOrganization organization, string customer)
        => (await organization.Agent.Http.Get($"/api/v1/contacts?q={customer}")).Expect(HttpStatusCode.OK).Body.EnumerateArray().Single().GetProperty("id").GetGuid();

    private static async Task<Guid> EraseAsync(TestOrganization organization, string customer)
    {
        var contact = await ContactAsync(organization, customer);
        (await organization.Admin.Http.Delete($"/api/v1/contacts/{contact}")).Expect(HttpStatusCode.NoContent);
        return contact;
    }

    // Every row of every table, and bytes as well as texts.
    private static async Task<List<(string Table, string Word)>> FindAsync(TestDatabase database, string[] words)
    {
        var found = new List<(string, string)>();
        foreach (var (schema, table) in await database.QueryAsync<(string, string)>("select schemaname::text, tablename::text from pg_tables where schemaname in ('public', 'hangfire')"))
            foreach (var row in await database.QueryAsync<string>($"select to_jsonb(t)::text from {schema}.\"{table}\" t"))
                found.AddRange(words.Where(word => row.Contains(JsonEncodedText.Encode(word, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), StringComparison.Ordinal)
                    || row.Contains(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(word)), StringComparison.Ordinal)
                    || row.Contains(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(word).Trim('"'))), StringComparison.Ordinal)).Select(word => (table, word)));
        return [.. found.Distinct()];
    }
}
