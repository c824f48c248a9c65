using System.Net;
using System.Text.Json;
using PyTake.Database;

namespace PyTake.Conversations;

public sealed class ConversationActionsTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = ConversationEndpoints.Path;

    [Fact]
    public async Task A_conversation_is_made_once_for_a_contact_and_a_number()
    {
        var organization = await Given.Organization(fixture.Node);
        var contact = await Given.Contact(organization);
        var request = new { contact_id = contact.Id, whatsapp_number_id = organization.Number.Id };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => organization.Agent.Http.Post(Path, request)));

        var made = Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a != made), a => a.ExpectError(HttpStatusCode.Conflict, "already"));
        var conversation = made.As<Conversation>();
        Assert.Equal(("open", 0, contact.Id), (conversation.Status, conversation.UnreadCount, conversation.Contact.Id));
        Assert.Equal($"{Path}/{conversation.Id}", made.Header("Location"));
        Assert.Equal(conversation.InboxSeq.ToString(), (await organization.Agent.Http.Get(Path)).Header("X-Inbox-Seq"));
    }

    [Fact]
    public async Task A_first_message_is_sent_only_while_the_customers_window_is_open()
    {
        var organization = await Given.Organization(fixture.Node);
        var stranger = await Given.Contact(organization);
        var known = await Given.OpenConversation(organization);
        (await organization.Agent.Http.Post($"{known.Path}/close")).Expect(HttpStatusCode.OK);

        (await Create(stranger)).ExpectError(HttpStatusCode.Conflict, "template");
        foreach (var wrong in (string[])[" ", "a\0", new('x', 4097)]) (await Create(known.Contact, wrong)).ExpectInvalid("initial_message");
        Assert.Equal("1", (await organization.Agent.Http.Get(Path)).Header("X-Total-Count"));

        // The window is the customer's, not the closed conversation's.
        var conversation = (await Create(known.Contact, string.Concat(Enumerable.Repeat("👋", 4096)))).Expect(HttpStatusCode.Created).As<Conversation>();
        Assert.Equal(1, conversation.TotalMessages);
        Assert.Equal(conversation.Id, await fixture.Database.SingleAsync<Guid>("select conversation_id from outbox where contact_id = @Id", new { known.Contact.Id }));

        Task<Answer> Create(TestContact contact, string text = "Olá") => organization.Agent.Http.Post(
            Path, new { contact_id = contact.Id, whatsapp_number_id = organization.Number.Id, initial_message = text });
    }

    [Fact]
    public async Task A_conversation_needs_a_contact_and_a_number_of_ones_own_organization()
    {
        var (organization, other) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var (own, theirs) = (await Given.Contact(organization), await Given.Contact(other));

        (await Create(theirs.Id, organization.Number.Id)).ExpectError(HttpStatusCode.NotFound, "Contact");
        (await Create(own.Id, other.Number.Id)).ExpectError(HttpStatusCode.NotFound, "number");
        (await organization.Agent.Http.Post(Path, new { whatsapp_number_id = organization.Number.Id })).ExpectInvalid("contact_id");
        (await Create("x", organization.Number.Id)).ExpectInvalid("contact_id");

        Task<Answer> Create(object contact, Guid number) => organization.Agent.Http.Post(Path, new { contact_id = contact, whatsapp_number_id = number });
    }

    [Fact]
    public async Task A_conversation_is_assigned_to_an_agent_and_unassigned()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        var given = (await Assign(organization.OtherAgent.Id)).Expect(HttpStatusCode.OK);
        Assert.Equal(organization.OtherAgent.Id, given.Body.GetProperty("assigned_agent_id").GetGuid());
        Assert.Equal(organization.OtherAgent.Id, given.Body.GetProperty("current_agent_id").GetGuid());
        (await Assign(organization.Admin.Id)).Expect(HttpStatusCode.OK);
        Assert.Null((await Assign(null)).Expect(HttpStatusCode.OK).As<Conversation>().AssignedAgentId);

        (await organization.Agent.Http.Post($"{conversation.Path}/assign", new { })).ExpectInvalid("agent_id");
        (await Assign("x")).ExpectInvalid("agent_id");

        Task<Answer> Assign(object? agent) => organization.Agent.Http.Post($"{conversation.Path}/assign", new { agent_id = agent });
    }

    [Fact]
    public async Task Only_an_active_agent_of_the_organization_gets_a_conversation()
    {
        var (organization, other) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var conversation = await Given.OpenConversation(organization);
        var gone = await Given.User(fixture.Node, organization.Id, "agent", isActive: false);

        foreach (var nobody in new[] { organization.Viewer.Id, gone.Id, other.Agent.Id, Guid.NewGuid() })
        {
            (await organization.Agent.Http.Post($"{conversation.Path}/assign", new { agent_id = nobody })).ExpectInvalid("agent_id");
            (await organization.Agent.Http.Post($"{conversation.Path}/transfer", new { agent_id = nobody })).ExpectInvalid("agent_id");
            (await organization.Agent.Http.Put(conversation.Path, new { assigned_agent_id = nobody })).ExpectInvalid("assigned_agent_id");
        }
    }

    [Fact]
    public async Task A_transfer_takes_a_note_along()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        var moved = (await organization.Agent.Http.Post($"{conversation.Path}/transfer", new { agent_id = organization.OtherAgent.Id, note = "Fala inglês" }))
            .Expect(HttpStatusCode.OK).As<Conversation>();

        Assert.Equal((organization.OtherAgent.Id, 2), (moved.AssignedAgentId, moved.TotalMessages));
        Assert.Equal("note", (await organization.Agent.Http.Get($"{conversation.Path}/messages")).As<Message[]>()[^1].MessageType);
        (await organization.Agent.Http.Post($"{conversation.Path}/transfer", new { department_id = Guid.NewGuid() })).ExpectInvalid("department_id");
        (await organization.Agent.Http.Post($"{conversation.Path}/transfer", new { note = "para quem?" })).ExpectInvalid("agent_id");
    }

    [Theory]
    [InlineData("transfer", "note", 4097, "x")]
    [InlineData("transfer", "note", 1, "\0")]
    [InlineData("close", "reason", 1001, "x")]
    [InlineData("close", "reason", 1, "\0")]
    public async Task Notes_and_reasons_are_checked_like_any_other_text(string action, string field, int times, string character)
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var body = new Dictionary<string, object> { ["agent_id"] = organization.OtherAgent.Id, [field] = string.Concat(Enumerable.Repeat(character, times)) };

        (await organization.Agent.Http.Post($"{conversation.Path}/{action}", body)).ExpectInvalid(field);

        var unchanged = (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>();
        Assert.Equal(("open", null), (unchanged.Status, unchanged.AssignedAgentId));
    }

    [Theory]
    [InlineData("reopen")]
    [InlineData("put")]
    public async Task Whoever_reopens_a_conversation_may_write_as_long_as_the_customers_window_is_open(string how)
    {
        var organization = await Given.Organization(fixture.Node);
        var old = await Given.Conversation(organization, status: "closed");
        var later = await Given.OpenConversation(organization, contact: old.Contact);
        (await organization.Agent.Http.Post($"{later.Path}/close")).Expect(HttpStatusCode.OK);

        var reopened = how == "put"
            ? await organization.Agent.Http.Put(old.Path, new { status = "open" })
            : await organization.Agent.Http.Post($"{old.Path}/reopen");

        reopened.Expect(HttpStatusCode.OK);
        (await organization.Agent.Http.Post($"{old.Path}/messages", new { message_type = "text", content = new { text = "oi" } })).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Closing_and_reopening_set_and_clear_the_times()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        var closed = (await organization.Agent.Http.Post($"{conversation.Path}/close", new { reason = "Resolvido por telefone" })).Expect(HttpStatusCode.OK);
        Assert.Equal("closed", closed.As<Conversation>().Status);
        Assert.NotNull(closed.As<Conversation>().ClosedAt);
        Assert.NotNull(closed.As<Conversation>().ResolvedAt);
        Assert.Equal("Resolvido por telefone", closed.Body.GetProperty("extra_data").GetProperty("close_reason").GetString());
        (await organization.Agent.Http.Post($"{conversation.Path}/close")).ExpectError(HttpStatusCode.BadRequest, "already closed");

        var open = (await organization.Agent.Http.Post($"{conversation.Path}/reopen")).Expect(HttpStatusCode.OK).As<Conversation>();
        Assert.Equal(("open", null, null), (open.Status, open.ClosedAt, open.ResolvedAt));
        (await organization.Agent.Http.Post($"{conversation.Path}/reopen")).ExpectError(HttpStatusCode.BadRequest);

        closed = await organization.Agent.Http.Post($"{conversation.Path}/close", new { resolved = false });
        Assert.Null(closed.Expect(HttpStatusCode.OK).As<Conversation>().ResolvedAt);
    }

    [Fact]
    public async Task A_conversation_is_not_reopened_beside_its_successor()
    {
        var organization = await Given.Organization(fixture.Node);
        var old = await Given.OpenConversation(organization);
        (await organization.Agent.Http.Post($"{old.Path}/close")).Expect(HttpStatusCode.OK);
        await Given.OpenConversation(organization, contact: old.Contact);

        (await organization.Agent.Http.Post($"{old.Path}/reopen")).ExpectError(HttpStatusCode.Conflict, "active");
        (await organization.Agent.Http.Put(old.Path, new { status = "pending" })).ExpectError(HttpStatusCode.Conflict, "active");
    }

    [Fact]
    public async Task Fields_change_one_by_one()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        (await organization.Agent.Http.Put(conversation.Path, new { assigned_agent_id = organization.Agent.Id })).Expect(HttpStatusCode.OK);

        var changed = (await organization.Agent.Http.Put($"{conversation.Path}/", new { priority = "urgent", tags = new[] { "vip", "são paulo" }, status = "pending" }))
            .Expect(HttpStatusCode.OK).As<Conversation>();

        Assert.Equal(("urgent", "pending", organization.Agent.Id), (changed.Priority, changed.Status, changed.AssignedAgentId));
        Assert.Equal(["vip", "são paulo"], changed.Tags);
        changed = (await organization.Agent.Http.Put(conversation.Path, """{"assigned_agent_id":null,"tags":[]}""")).As<Conversation>();
        Assert.Equal(("urgent", null), (changed.Priority, changed.AssignedAgentId));
        Assert.Empty(changed.Tags);
    }

    [Theory]
    [InlineData("""{"status":"asleep"}""", "status")]
    [InlineData("""{"priority":"whenever"}""", "priority")]
    [InlineData("""{"tags":"vip"}""", "tags")]
    [InlineData("""{"tags":[""]}""", "tags")]
    [InlineData("""{"tags":["a\u0000"]}""", "tags")]
    [InlineData("""{"tags":[null]}""", "tags")]
    [InlineData("""{"assigned_agent_id":7}""", "assigned_agent_id")]
    public async Task A_wrong_field_is_named(string body, string field)
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        (await organization.Agent.Http.Put(conversation.Path, body)).ExpectInvalid(field);
    }

    [Fact]
    public async Task Nobody_pulls_what_somebody_else_pulled()
    {
        var organization = await Given.Organization(fixture.Node);
        var waiting = new List<Guid>();
        for (var i = 0; i < 6; i++) waiting.Add((await Given.OpenConversation(organization)).Id);
        await Given.Conversation(organization, status: "closed");

        var answers = await Task.WhenAll(Enumerable.Range(0, 9).Select(i => i % 2 == 0
            ? organization.Agent.Http.Post($"{Path}/queue/pull")
            : organization.OtherAgent.Http.Post("/api/v1/queue/pull")));

        Assert.All(answers, a => Assert.True(a.Status is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{a.Status}: {a.Text}"));
        var pulled = answers.Where(a => a.Status == HttpStatusCode.OK).Select(a => a.As<Conversation>()).ToArray();
        Assert.Equal(waiting.Order(), pulled.Select(c => c.Id).Order());
        Assert.All(pulled, c => Assert.Contains(c.AssignedAgentId!.Value, new[] { organization.Agent.Id, organization.OtherAgent.Id }));
        Assert.Equal(3, answers.Count(a => a.Status == HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task The_queue_gives_the_conversation_that_waited_longest()
    {
        var organization = await Given.Organization(fixture.Node);
        var first = await Given.OpenConversation(organization);
        await Given.OpenConversation(organization);
        await Given.InboundMessage(first, "Alô? Ainda aqui");

        Assert.Equal(first.Id, (await organization.Agent.Http.Post("/api/v1/queue/pull/")).Expect(HttpStatusCode.OK).As<Conversation>().Id);
    }

    [Fact]
    public async Task What_was_read_stays_read()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var second = await Given.InboundMessage(conversation, "dois");
        var third = await Given.InboundMessage(conversation, "três");

        Assert.Equal(1, await Read(organization.Agent, new { up_to_seq = second.Seq }));
        Assert.Equal(second.WhatsappMessageId, await Receipt());
        Assert.Equal(0, await Read(organization.Agent, null));
        Assert.Equal(third.WhatsappMessageId, await Receipt());
        Assert.Equal(0, await Read(organization.Agent, new { up_to_seq = 1 }));
        Assert.Equal(third.WhatsappMessageId, await Receipt());

        // What one agent has shown the customer as read, another does not show again.
        await fixture.Database.ExecuteAsync("delete from read_receipts where conversation_id = @Id", new { conversation.Id });
        Assert.Equal(0, await Read(organization.OtherAgent, new { }));
        Assert.Null(await Receipt());

        await Given.InboundMessage(conversation, "quatro");
        Assert.Equal(1, (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>().UnreadCount);
        (await organization.Agent.Http.Post($"{conversation.Path}/read", new { up_to_seq = -1 })).ExpectInvalid("up_to_seq");

        async Task<int> Read(TestUser user, object? body)
            => (await user.Http.Post($"{conversation.Path}/read", body)).Expect(HttpStatusCode.OK).As<Conversation>().UnreadCount!.Value;
        Task<string?> Receipt() => fixture.Database.SingleAsync<string>("select whatsapp_message_id from read_receipts where conversation_id = @Id", new { conversation.Id });
    }

    [Fact]
    public async Task A_tick_or_a_reaction_does_not_make_a_read_message_unread()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var message = await Given.InboundMessage(conversation, "dois");
        await Given.Changed(conversation, message.Id, ChangeKind.Updated, m => m with { Reactions = new("[]") });
        await Given.InboundMessage(conversation, "três");

        var read = await organization.Agent.Http.Post($"{conversation.Path}/read", new { up_to_seq = message.Seq });

        Assert.Equal(1, read.As<Conversation>().UnreadCount);
    }

    [Fact]
    public async Task Metrics_count_what_there_is()
    {
        var organization = await Given.Organization(fixture.Node);
        var answered = await Given.OpenConversation(organization);
        await Given.OpenConversation(organization);
        await Given.Conversation(organization, status: "closed");
        await Given.Conversation(organization, status: "pending");
        (await organization.Agent.Http.Post($"{answered.Path}/assign", new { agent_id = organization.Agent.Id })).Expect(HttpStatusCode.OK);
        await fixture.Database.ExecuteAsync("update conversations set first_response_at = created_at + interval '90 seconds' where id = @Id", new { answered.Id });

        var totals = (await organization.Viewer.Http.Get($"{Path}/metrics")).Expect(HttpStatusCode.OK).As<ConversationTotals>();
        Assert.Equal((4, 2, 1, 1, 1, 1), (totals.Total, totals.Open, totals.Active, totals.Queued, totals.Pending, totals.Closed));
        Assert.Equal(90, totals.AvgWaitSeconds);

        var tomorrow = Uri.EscapeDataString(DateTime.UtcNow.AddDays(1).ToString("O"));
        Assert.Equal(0, (await organization.Viewer.Http.Get($"{Path}/metrics?since={tomorrow}")).As<ConversationTotals>().Total);
        (await organization.Viewer.Http.Get($"{Path}/metrics?since=yesterday")).ExpectInvalid("since");
    }

    [Fact]
    public async Task Every_change_moves_the_list()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var before = (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>();

        var after = (await organization.Agent.Http.Put(conversation.Path, new { priority = "high" })).As<Conversation>();

        Assert.Equal((before.InboxSeq + 1, before.LastSeq), (after.InboxSeq, after.LastSeq));
        Assert.Equal(JsonValueKind.Array, (await organization.Agent.Http.Get($"{Path}?changed_after={before.InboxSeq}")).Body.ValueKind);
    }
}
