using System.Net;
using System.Text.Json;

namespace PyTake.Conversations;

public sealed class SendMessageTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_message_is_pending_and_waits_in_the_outbox()
    {
        var (organization, conversation) = await Open();

        var answer = (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text("Olá! 👋"))).Expect(HttpStatusCode.Created);

        var message = answer.As<Message>();
        Assert.Equal(("pending", "outbound", "agent", 2), (message.Status, message.Direction, message.SenderType, message.Seq));
        Assert.Equal(organization.Agent.Id, message.SenderUserId);
        Assert.Equal("Olá! 👋", answer.Body.GetProperty("content").GetProperty("text").GetString());
        var queued = await fixture.Database.SingleAsync<(Guid Contact, string State)>("select contact_id, state from outbox where message_id = @Id", new { message.Id });
        Assert.Equal((conversation.Contact.Id, "queued"), queued);
        var shown = (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>();
        Assert.Equal((2, message.Seq, message.OccurredAt), (shown.TotalMessages, shown.LastSeq, shown.LastOutboundAt));
        Assert.NotNull(shown.FirstResponseAt);
    }

    [Fact]
    public async Task The_same_key_at_once_and_later_makes_one_message()
    {
        var (organization, conversation) = await Open();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => organization.Agent.Http.Post(
            $"{conversation.Path}/messages", Text("uma vez"), ("Idempotency-Key", "a key"))));
        var later = (await organization.Agent.Http.Post(
            $"{conversation.Path}/messages", new { message_type = "text", content = new { text = "uma vez" }, client_message_id = "a key" })).Expect(HttpStatusCode.OK);

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.Equal(15, answers.Count(a => a.Status == HttpStatusCode.OK));
        Assert.Single(answers.Append(later).Select(a => a.As<Message>().Id).Distinct());
        Assert.Equal("a key", later.As<Message>().ClientMessageId);
        Assert.Equal(1, await fixture.Database.SingleAsync<int>("select count(*)::int from outbox where conversation_id = @Id", new { conversation.Id }));
        Assert.Equal(2, (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>().LastSeq);
    }

    [Fact]
    public async Task A_key_belongs_to_one_conversation_and_one_organization()
    {
        var (organization, conversation) = await Open();
        var other = await Given.OpenConversation(organization);
        var (stranger, theirs) = await Open();

        var answers = await Task.WhenAll(
            organization.Agent.Http.Post($"{conversation.Path}/messages", Text("aqui"), ("Idempotency-Key", "k")),
            organization.Agent.Http.Post($"{other.Path}/messages", Text("lá"), ("Idempotency-Key", "k")));

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict], answers.Select(a => a.Status).Order());
        (await stranger.Agent.Http.Post($"{theirs.Path}/messages", Text("outro"), ("Idempotency-Key", "k"))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_request_that_fails_validation_does_not_use_up_its_key()
    {
        var (organization, conversation) = await Open();

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text(""), ("Idempotency-Key", "k"))).ExpectInvalid("content.text");
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text("agora sim"), ("Idempotency-Key", "k"))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Outside_the_window_only_a_template_may_be_sent()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization);
        await Given.InboundMessage(conversation, "ontem", DateTime.UtcNow.AddHours(-24).AddSeconds(-1));

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text("Olá"))).ExpectError(HttpStatusCode.Conflict, "24 hours");
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", new
        {
            message_type = "template",
            content = new { name = "hello_world", language = "pt_BR", components = new[] { new { type = "body", parameters = new[] { new { type = "text", text = "Ana" } } } } },
        })).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Nothing_goes_into_a_closed_conversation()
    {
        var (organization, conversation) = await Open();
        (await organization.Agent.Http.Post($"{conversation.Path}/close")).Expect(HttpStatusCode.OK);

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text("Olá"))).ExpectError(HttpStatusCode.Conflict, "closed");
    }

    [Fact]
    public async Task Answers_quote_a_message_of_the_same_conversation()
    {
        var (organization, conversation) = await Open();
        var quoted = await Given.InboundMessage(conversation, "Que horas?");
        var foreign = await Given.InboundMessage(await Given.Conversation(organization), "Outra conversa");

        var answer = await organization.Agent.Http.Post($"{conversation.Path}/messages", Reply(quoted.Id));
        Assert.Equal(quoted.Id, answer.Expect(HttpStatusCode.Created).As<Message>().ReplyToMessageId);
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Reply(foreign.Id))).ExpectInvalid("reply_to_message_id");
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Reply("none"))).ExpectInvalid("reply_to_message_id");

        static object Reply(object id) => new { message_type = "text", content = new { text = "Às 10" }, reply_to_message_id = id };
    }

    [Fact]
    public async Task A_reaction_shows_at_its_message_and_is_sent()
    {
        var (organization, conversation) = await Open();
        var liked = await Given.InboundMessage(conversation, "Obrigada!");

        var sent = (await React(liked.Id.ToString(), "👍")).Expect(HttpStatusCode.Created);
        await React(liked.WhatsappMessageId!, "❤️");

        Assert.Equal(liked.WhatsappMessageId, sent.Body.GetProperty("content").GetProperty("message_id").GetString());
        var reactions = (await Messages(organization, conversation)).Single(m => m.Id == liked.Id).Reactions;
        Assert.Equal("❤️", JsonDocument.Parse(reactions.Text).RootElement.EnumerateArray().Single().GetProperty("emoji").GetString());
        Assert.Equal(2, await fixture.Database.SingleAsync<int>("select count(*)::int from outbox where conversation_id = @Id", new { conversation.Id }));
        Assert.Equal("Obrigada!", JsonDocument.Parse((await organization.Agent.Http.Get(conversation.Path)).As<Conversation>().LastMessage!.Value.Text)
            .RootElement.GetProperty("preview").GetString());

        await React(liked.Id.ToString(), "");
        Assert.Equal("[]", (await Messages(organization, conversation)).Single(m => m.Id == liked.Id).Reactions.Text);

        (await React(Guid.NewGuid().ToString(), "👍")).ExpectInvalid("content.message_id");
        (await React(liked.Id.ToString(), "ok")).ExpectInvalid("content.emoji");
        var waiting = (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text("espera"))).As<Message>();
        (await React(waiting.Id.ToString(), "👍")).ExpectError(HttpStatusCode.Conflict);

        Task<Answer> React(string message, string emoji) => organization.Agent.Http.Post(
            $"{conversation.Path}/messages", new { message_type = "reaction", content = new { message_id = message, emoji } });
    }

    [Theory]
    [InlineData("""{"message_type":"text","content":{"text":"a","preview_url":true}}""")]
    [InlineData("""{"message_type":"image","content":{"url":"https://example.com/a.png","caption":"uma foto"}}""")]
    [InlineData("""{"message_type":"document","content":{"url":"https://example.com/a.pdf","filename":"conta.pdf"}}""")]
    [InlineData("""{"message_type":"audio","content":{"url":"https://example.com/a.ogg"}}""")]
    [InlineData("""{"message_type":"location","content":{"latitude":-23.5,"longitude":-46.6,"name":"Sé"}}""")]
    [InlineData("""{"message_type":"contacts","content":[{"name":{"formatted_name":"Ana"},"phones":[{"phone":"+5511"}]}]}""")]
    [InlineData("""{"message_type":"contacts","content":{"contacts":[{"name":{"formatted_name":"Ana"}}]}}""")]
    [InlineData("""{"message_type":"interactive","content":{"type":"button","body":{"text":"Certo?"},"action":{"buttons":[{"type":"reply","reply":{"id":"y","title":"Sim"}}]}}}""")]
    [InlineData("""{"message_type":"interactive","content":{"type":"product","action":{"catalog_id":"1","product_retailer_id":"2"}}}""")]
    [InlineData("""{"message_type":"interactive","content":{"type":"call_permission_request","action":{"name":"call_permission_request"}}}""")]
    [InlineData("""{"message_type":"interactive","content":{"type":"list","header":{"type":"text","text":"H"},"body":{"text":"B"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"Um"}]}]}}}""")]
    [InlineData("""{"message_type":"template","content":{"name":"hello","language":"en"}}""")]
    [InlineData("""{"message_type":"template","content":{"name":"hello","language":"en","rendered":{"header":"H","body":"Oi","footer":"F","buttons":["Ok","Ver"]}}}""")]
    [InlineData("""{"message_type":"text","content":{"text":"a","unknown":1},"unknown":[]}""")]
    public async Task Every_type_can_be_sent(string body)
    {
        var (organization, conversation) = await Open();

        var answer = (await organization.Agent.Http.Post($"{conversation.Path}/messages", body)).Expect(HttpStatusCode.Created);

        Assert.False(answer.Body.GetProperty("content").TryGetProperty("unknown", out _));
        Assert.Equal(JsonValueKind.Object, answer.Body.GetProperty("content").ValueKind);
    }

    [Theory]
    [InlineData("""{"content":{"text":"a"}}""", "message_type")]
    [InlineData("""{"message_type":"fax","content":{"text":"a"}}""", "message_type")]
    [InlineData("""{"message_type":"note","content":{"text":"a"}}""", "message_type")]
    [InlineData("""{"message_type":7,"content":{"text":"a"}}""", "message_type")]
    [InlineData("""{"message_type":"text"}""", "content")]
    [InlineData("""{"message_type":"text","content":"a"}""", "content")]
    [InlineData("""{"message_type":"text","content":{"text":"  "}}""", "content.text")]
    [InlineData("""{"message_type":"text","content":{"text":7}}""", "content.text")]
    [InlineData("""{"message_type":"text","content":{"text":"a\u0000"}}""", "content")]
    [InlineData("""{"message_type":"text","content":{"text":"\ud800"}}""", "content")]
    [InlineData("""{"message_type":"interactive","content":{"type":"cta_url","body":{"text":"x"},"action":{"a":[1e308]}}}""", "content")]
    [InlineData("""{"message_type":"template","content":{"name":"a","language":"pt_BR","components":[{"type":"body","x":1e200}]}}""", "content")]
    [InlineData("""{"message_type":"text","content":{"text":"a","preview_url":"yes"}}""", "content.preview_url")]
    [InlineData("""{"message_type":"image","content":{}}""", "content.url")]
    [InlineData("""{"message_type":"image","content":{"url":"javascript:alert(1)"}}""", "content.url")]
    [InlineData("""{"message_type":"template","content":{"name":"Olá","language":"pt_BR"}}""", "content.name")]
    [InlineData("""{"message_type":"template","content":{"name":"hello\n","language":"pt_BR"}}""", "content.name")]
    [InlineData("""{"message_type":"template","content":{"name":"hello","language":"pt_BR\n"}}""", "content.language")]
    [InlineData("""{"message_type":"template","content":{"name":"hello"}}""", "content.language")]
    [InlineData("""{"message_type":"template","content":{"name":"hello","language":"pt_BR","components":[{}]}}""", "content.components.0.type")]
    [InlineData("""{"message_type":"template","content":{"name":"hello","language":"pt_BR","rendered":{"footer":"Tchau"}}}""", "content.rendered.body")]
    [InlineData("""{"message_type":"template","content":{"name":"hello","language":"pt_BR","rendered":{"body":"Oi","buttons":[7]}}}""", "content.rendered.buttons")]
    [InlineData("""{"message_type":"location","content":{"latitude":91,"longitude":0}}""", "content.latitude")]
    [InlineData("""{"message_type":"location","content":{"latitude":"1","longitude":0}}""", "content.latitude")]
    [InlineData("""{"message_type":"contacts","content":[]}""", "content.contacts")]
    [InlineData("""{"message_type":"contacts","content":[{"name":{}}]}""", "content.contacts.0.name.formatted_name")]
    [InlineData("""{"message_type":"interactive","content":{"type":"button","body":{"text":"?"},"action":{"buttons":[]}}}""", "content.action.buttons")]
    [InlineData("""{"message_type":"interactive","content":{"type":"button","body":{"text":"?"},"action":{"buttons":[{"reply":{"id":"a","title":"123456789012345678901"}}]}}}""", "content.action.buttons.0.reply.title")]
    [InlineData("""{"message_type":"interactive","content":{"type":"list","body":{"text":"?"},"action":{"sections":[]}}}""", "content.action.button")]
    [InlineData("""{"message_type":"interactive","content":{"type":"catalog_message","action":{"name":"catalog_message"}}}""", "content.body")]
    [InlineData("""{"message_type":"interactive","content":{"type":"product","body":{"text":""},"action":{"catalog_id":"1","product_retailer_id":"2"}}}""", "content.body.text")]
    [InlineData("""{"message_type":"text","content":{"text":"a"},"client_message_id":""}""", "client_message_id")]
    [InlineData("""{"message_type":"text","content":{"text":"a"},"reply_to_message_id":"x"}""", "reply_to_message_id")]
    public async Task A_wrong_field_is_named(string body, string field)
    {
        var (organization, conversation) = await Open();

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", body)).ExpectInvalid(field);
    }

    [Fact]
    public async Task Text_may_be_as_long_as_WhatsApp_allows()
    {
        var (organization, conversation) = await Open();

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text(string.Concat(Enumerable.Repeat("👋", 4096))))).Expect(HttpStatusCode.Created);
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text(new string('a', 4097)))).ExpectInvalid("content.text");
    }

    [Fact]
    public async Task A_huge_body_is_not_read()
    {
        var (organization, conversation) = await Open();

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text(new string('a', 300_000)))).ExpectError(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("", "body: is required")]
    [InlineData("null", "body: is required")]
    [InlineData("{", "body: is not valid JSON")]
    [InlineData("""{"content":{"text":""", "body: is not valid JSON")]
    [InlineData("[]", "body: must be an object")]
    [InlineData("\"text\"", "body: must be an object")]
    public async Task An_invalid_body_is_unprocessable(string body, string saying)
    {
        var (organization, conversation) = await Open();

        (await organization.Agent.Http.Post($"{conversation.Path}/messages", body)).ExpectError(HttpStatusCode.UnprocessableEntity, saying);
    }

    [Fact]
    public async Task Messages_are_shown_below_what_they_answer_whatever_the_clocks_say()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization);
        var inbound = await Given.InboundMessage(conversation, "do futuro", DateTime.UtcNow.AddSeconds(30));

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => organization.Agent.Http.Post($"{conversation.Path}/messages", Text($"{i}"))));

        var shown = (await Messages(organization, conversation)).ToArray();
        Assert.Equal(inbound.Id, shown[0].Id);
        Assert.Equal(answers.Select(a => a.As<Message>()).OrderBy(m => m.Seq).Select(m => m.Id), shown.Skip(1).Select(m => m.Id));
    }

    [Fact]
    public async Task A_failed_message_is_sent_again_and_only_a_failed_one()
    {
        var (organization, conversation) = await Open();
        var message = (await organization.Agent.Http.Post($"{conversation.Path}/messages", Text("Olá"))).As<Message>();
        var retry = $"{conversation.Path}/messages/{message.Id}/retry";
        (await organization.Agent.Http.Post(retry)).ExpectError(HttpStatusCode.Conflict, "pending");
        await fixture.Database.ExecuteAsync("delete from outbox where message_id = @Id", new { message.Id });
        await Given.Changed(conversation, message.Id, ChangeKind.Status, m => m with
        {
            Status = MessageStatus.Failed,
            FailedAt = DateTime.UtcNow,
            ErrorCode = "131026",
            ErrorMessage = "Undeliverable",
            WhatsappMessageId = "wamid.lost",
        });

        var again = (await organization.OtherAgent.Http.Post(retry)).Expect(HttpStatusCode.OK).As<Message>();

        Assert.Equal((message.Id, "pending", null, null, 4), (again.Id, again.Status, again.ErrorCode, again.FailedAt, again.Seq));
        Assert.Equal("queued", await fixture.Database.SingleAsync<string>("select state from outbox where message_id = @Id", new { message.Id }));
        (await organization.Agent.Http.Post($"{conversation.Path}/messages/{Guid.NewGuid()}/retry")).ExpectError(HttpStatusCode.NotFound);
        (await organization.Agent.Http.Post($"{(await Given.OpenConversation(organization)).Path}/messages/{message.Id}/retry")).ExpectError(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_note_stays_between_agents()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization);

        var note = (await organization.Agent.Http.Post($"{conversation.Path}/notes", new { text = "Cliente VIP" })).Expect(HttpStatusCode.Created).As<Message>();

        Assert.Equal(("note", 1), (note.MessageType, note.Seq));
        Assert.Null(await fixture.Database.SingleAsync<Guid?>("select message_id from outbox where conversation_id = @Id", new { conversation.Id }));
        Assert.Null((await organization.Agent.Http.Get(conversation.Path)).As<Conversation>().LastMessageAt);
        (await organization.Agent.Http.Post($"{conversation.Path}/notes", new { text = " " })).ExpectInvalid("text");
        (await organization.Agent.Http.Post($"{conversation.Path}/notes", new { })).ExpectInvalid("text");
    }

    [Fact]
    public async Task A_note_that_is_sent_again_is_the_same_note()
    {
        var (organization, conversation) = await Open();
        var request = new { text = "Cliente VIP", client_message_id = Guid.NewGuid().ToString() };

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => organization.Agent.Http.Post($"{conversation.Path}/notes", request)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.Single(answers.Select(a => a.As<Message>().Id).Distinct());
        var other = await Given.OpenConversation(organization);
        (await organization.Agent.Http.Post($"{other.Path}/notes", request)).ExpectError(HttpStatusCode.Conflict, "another conversation");
        (await organization.Agent.Http.Post($"{conversation.Path}/notes", new { text = "a", client_message_id = " " })).ExpectInvalid("client_message_id");
    }

    private async Task<(TestOrganization Organization, TestConversation Conversation)> Open()
    {
        var organization = await Given.Organization(fixture.Node);
        return (organization, await Given.OpenConversation(organization));
    }

    private static async Task<Message[]> Messages(TestOrganization organization, TestConversation conversation)
        => (await organization.Agent.Http.Get($"{conversation.Path}/messages")).Expect(HttpStatusCode.OK).As<Message[]>();

    private static object Text(string text) => new { message_type = "text", content = new { text } };
}
