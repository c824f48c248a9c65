using System.Net;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

public class OutboundWorkerTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    [Fact]
    public async Task A_message_is_sent_and_gets_Metas_id()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();

        var id = await sending.SendAsync(conversation, "Olá, tudo bem? 👋");
        var sent = await sending.UntilAsync(id, MessageStatus.Sent);

        var request = Assert.Single(sending.Graph.RequestsOf(conversation.Organization));
        Assert.Equal("Olá, tudo bem? 👋", request.Said);
        Assert.Equal(conversation.Contact.WhatsappId, request.To);
        Assert.Equal(id, request.MessageId);
        Assert.Equal("v23.0", request.Version);
        Assert.Equal(conversation.Organization.Number.PhoneNumberId, request.PhoneNumberId);
        Assert.Equal($"token-{request.PhoneNumberId}", request.Token);
        Assert.Equal(FakeGraph.WamidOf(request), sent.WhatsappMessageId);
        Assert.NotNull(sent.SentAt);
        Assert.Null(sent.State);
        Assert.Null(sent.ErrorCode);
    }

    [Fact]
    public async Task Messages_to_one_customer_keep_their_order_while_the_first_is_tried_again()
    {
        await using var sending = await Sending.StartAsync(("RetryBase", "00:00:00.2"));
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, request => request.Number <= 2 ? FakeGraph.Refuse(500, 131000) : FakeGraph.Accept());

        var ids = new List<Guid>();
        for (var i = 0; i < 10; i++) ids.Add(await sending.SendAsync(conversation, $"{i}"));
        await sending.UntilAllAsync(ids, MessageStatus.Sent);

        Assert.Equal(["0", "0", .. Enumerable.Range(0, 10).Select(i => $"{i}")], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Said));
    }

    [Fact]
    public async Task Two_nodes_on_one_database_send_everything_once_and_in_order()
    {
        await using var sending = await Sending.StartAsync();
        var other = sending.AddNode();
        var organization = await sending.OrganizationAsync();
        var conversations = new List<TestConversation>();
        for (var i = 0; i < 10; i++) conversations.Add(await sending.OpenConversationAsync(organization));

        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++)
            foreach (var conversation in conversations)
                ids.Add(await sending.SendAsync(conversation, $"{i}", i % 2 == 0 ? sending.Node : other));
        await sending.UntilAllAsync(ids, MessageStatus.Sent);

        Assert.Equal(ids.Count, sending.Graph.RequestsOf(organization).Count);
        Assert.All(sending.Graph.RequestsOf(organization).GroupBy(r => r.To), customer => Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), customer.Select(r => r.Said)));
    }

    [Fact]
    public async Task Messages_that_the_sender_was_not_woken_for_are_found()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();

        var id = await sending.SendAsync(conversation, "unheard", wake: false);

        await sending.UntilAsync(id, MessageStatus.Sent);
    }

    [Fact]
    public async Task Messages_queued_by_a_node_without_workers_are_sent()
    {
        await using var sending = await Sending.StartAsync();
        // A node without workers; its signal may or may not reach the other.
        var api = sending.AddNode(workers: false);
        var conversation = await sending.OpenConversationAsync();

        var id = await sending.SendAsync(conversation, "from elsewhere", api);

        await sending.UntilAsync(id, MessageStatus.Sent);
    }

    [Fact]
    public async Task One_customer_who_is_throttled_keeps_order_and_holds_nobody_else_up()
    {
        await using var sending = await Sending.StartAsync(("PairRateUnit", "00:00:00.001"));
        var organization = await sending.OrganizationAsync();
        var throttled = await sending.OpenConversationAsync(organization);
        var others = new List<TestConversation>();
        for (var i = 0; i < 5; i++) others.Add(await sending.OpenConversationAsync(organization));
        var throttle = true;
        sending.Graph.Answer(organization, request => request.To == throttled.Contact.WhatsappId && Volatile.Read(ref throttle)
            ? FakeGraph.Refuse(400, 131056, "Pair rate limit hit")
            : FakeGraph.Accept());

        var held = new List<Guid>();
        for (var i = 0; i < 3; i++) held.Add(await sending.SendAsync(throttled, $"{i}"));
        var free = new List<Guid>();
        for (var i = 0; i < 3; i++)
            foreach (var other in others) free.Add(await sending.SendAsync(other, $"{i}"));
        await sending.UntilAllAsync(free, MessageStatus.Sent);
        var waiting = await sending.UntilAsync(held[0], m => m.Throttles > 0);
        Volatile.Write(ref throttle, false);
        await sending.UntilAllAsync(held, MessageStatus.Sent);

        Assert.Equal((MessageStatus.Pending, "throttle"), (waiting.Status, waiting.ErrorClass));
        var requests = sending.Graph.RequestsOf(organization).ToLookup(r => r.To == throttled.Contact.WhatsappId);
        Assert.Equal(["0", "1", "2"], requests[true].Select(r => r.Said).SkipWhile((said, at) => said == "0" && requests[true].ElementAt(at + 1).Said == "0"));
        Assert.All(requests[false].GroupBy(r => r.To), customer => Assert.Equal(["0", "1", "2"], customer.Select(r => r.Said)));
    }

    [Fact]
    public async Task A_throttle_uses_up_no_attempt()
    {
        await using var sending = await Sending.StartAsync(("MaxAttempts", "2"), ("PairRateUnit", "00:00:00.001"), ("ThroughputUnit", "00:00:00.001"));
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, request => request.Number switch
        {
            <= 3 => FakeGraph.Refuse(400, 131056),
            <= 6 => FakeGraph.Refuse(400, 130429),
            7 => FakeGraph.Refuse(503, 131016),
            _ => FakeGraph.Accept(),
        });

        var id = await sending.SendAsync(conversation, "patience");

        await sending.UntilAsync(id, MessageStatus.Sent);
        Assert.Equal(8, sending.Graph.RequestsOf(conversation.Organization).Count);
    }

    [Fact]
    public async Task Metas_temporary_failures_are_retried_a_limited_number_of_times()
    {
        await using var sending = await Sending.StartAsync(("MaxAttempts", "3"));
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, request => request.Said == "first" ? FakeGraph.Refuse(500, 131000, "Something went wrong") : FakeGraph.Accept());

        var first = await sending.SendAsync(conversation, "first");
        var second = await sending.SendAsync(conversation, "second");
        var failed = await sending.UntilAsync(first, MessageStatus.Failed);
        await sending.UntilAsync(second, MessageStatus.Sent);

        Assert.Equal("131000", failed.ErrorCode);
        Assert.Contains("Something went wrong", failed.ErrorMessage);
        Assert.NotNull(failed.FailedAt);
        Assert.Null(failed.State);
        Assert.Equal(["first", "first", "first", "second"], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Said));
    }

    [Theory]
    [InlineData(131026, "recipient")]
    [InlineData(131047, "window")]
    [InlineData(132015, "template")]
    [InlineData(131053, "content")]
    [InlineData(130472, "marketing")]
    public async Task A_refusal_for_good_fails_at_once_with_Metas_words(int code, string about)
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, request => request.Said == "first" ? FakeGraph.Refuse(400, code, about, "what is wrong in detail") : FakeGraph.Accept());

        var first = await sending.SendAsync(conversation, "first");
        var second = await sending.SendAsync(conversation, "second");
        var failed = await sending.UntilAsync(first, MessageStatus.Failed);
        // A closed window is closed for the next message as well, without asking.
        await sending.UntilAsync(second, code == 131047 ? MessageStatus.Failed : MessageStatus.Sent);

        Assert.Equal(code.ToString(), failed.ErrorCode);
        Assert.Equal($"(#{code}) {about}: what is wrong in detail", failed.ErrorMessage);
        Assert.Single(sending.Graph.RequestsOf(conversation.Organization), r => r.Said == "first");
        if (code == 131047) Assert.Single(sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task A_customer_who_stopped_marketing_is_noted()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, _ => FakeGraph.Refuse(400, 131050, "User has opted out"));

        await sending.UntilAsync(await sending.SendAsync(conversation, "buy this"), MessageStatus.Failed);

        Assert.NotNull(await sending.Database.SingleAsync<DateTime?>("select opted_out_at from contacts where id = @Id", new { conversation.Contact.Id }));
    }

    [Fact]
    public async Task A_revoked_token_stops_the_number_and_costs_no_message_of_a_burst()
    {
        await using var sending = await Sending.StartAsync();
        var organization = await sending.OrganizationAsync();
        var conversations = new List<TestConversation>();
        for (var i = 0; i < 25; i++) conversations.Add(await sending.OpenConversationAsync(organization));
        sending.Graph.Answer(organization, request => request.Token.StartsWith("token-") ? FakeGraph.Refuse(401, 190, "Error validating access token") : FakeGraph.Accept());

        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++)
            foreach (var conversation in conversations) ids.Add(await sending.SendAsync(conversation, $"{i}"));
        await StoppedAsync(sending, organization);
        var summary = await sending.Changes.UntilAsync(
            async () => (OutboundSummary?)await sending.Node.Get<OutboundStore>().SummaryAsync(CancellationToken.None), s => s.Queued == 500);

        Assert.InRange(sending.Graph.RequestsOf(organization).Count, 1, 8);
        Assert.Equal(500, await sending.Database.SingleAsync<long>("select count(*) from outbox where state = 'queued' and attempts = 0"));
        var stopped = Assert.Single(summary.StoppedNumbers);
        Assert.Equal((organization.Number.Id, 500), (stopped.Id, stopped.Waiting));
        Assert.Contains("Error validating access token", stopped.Reason);
        Assert.InRange(summary.ByErrorClass["credentials"], 1, 8);

        var refused = sending.Graph.RequestsOf(organization).Count;
        await sending.SaveTokenAsync(organization, "a-new-one");
        await sending.UntilAllAsync(ids, MessageStatus.Sent);

        var requests = sending.Graph.RequestsOf(organization).Skip(refused).ToArray();
        Assert.Equal(500, requests.Length);
        Assert.All(requests.GroupBy(r => r.To), customer => Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), customer.Select(r => r.Said)));
    }

    [Fact]
    public async Task A_stopped_number_leaves_others_alone()
    {
        var sending = fixture.Sending;
        var (locked, well) = (await sending.OrganizationAsync(), await sending.OrganizationAsync());
        sending.Graph.Answer(locked, _ => FakeGraph.Refuse(403, 131031, "Account has been locked"));

        var waiting = await sending.SendAsync(await sending.OpenConversationAsync(locked), "waits");
        var free = await sending.SendAsync(await sending.OpenConversationAsync(well), "goes");
        await sending.UntilAsync(free, MessageStatus.Sent);
        await StoppedAsync(sending, locked);

        var row = await sending.UntilAsync(waiting, m => m.State == "queued");
        Assert.Equal((MessageStatus.Pending, "account_integrity", 0), (row.Status, row.ErrorClass, row.Attempts));
    }

    [Theory]
    [InlineData(131042, "payment")]
    [InlineData(134011, "payment")]
    [InlineData(133010, "registration")]
    [InlineData(131031, "account_integrity")]
    public async Task A_stop_is_shown_to_agents_at_every_message_that_waits_and_at_the_number(int code, string errorClass)
    {
        await using var sending = await Sending.StartAsync();
        var organization = await sending.OrganizationAsync();
        var (one, other) = (await sending.OpenConversationAsync(organization), await sending.OpenConversationAsync(organization));
        var isPaid = false;
        sending.Graph.Answer(organization, _ => Volatile.Read(ref isPaid) ? FakeGraph.Accept() : FakeGraph.Refuse(400, code, "Not yet", "see to it first"));
        await using var agent = await SignalRClient.ConnectAsync(sending.Node, organization.Agent.Token);

        var first = await sending.SendAsync(one, "first");
        var second = await sending.SendAsync(one, "second");
        var told = await agent.Next("number:updated");
        await sending.UntilAsync(second, m => m.ErrorCode is not null);
        // By an agent who does not know yet.
        var later = (await organization.Agent.Http.Post($"{other.Path}/messages", new { message_type = "text", content = new { text = "later" } }))
            .Expect(HttpStatusCode.Created).Body;

        var words = $"(#{code}) Not yet: see to it first";
        foreach (var id in (Guid[])[first, second, later.GetProperty("id").GetGuid()])
            Assert.Equal((MessageStatus.Pending, code.ToString(), words), await sending.FindAsync(id) is { } m ? (m.Status, m.ErrorCode, m.ErrorMessage) : default);
        Assert.Equal((code.ToString(), words), (later.GetProperty("error_code").GetString(), later.GetProperty("error_message").GetString()));
        Assert.Equal(errorClass, (await sending.FindAsync(first))!.ErrorClass);
        Assert.Equal((organization.Number.Id, code.ToString(), words),
            (told.GetProperty("whatsapp_number_id").GetGuid(), told.GetProperty("sending_stopped_code").GetString(), told.GetProperty("sending_stopped_reason").GetString()));
        var number = (await organization.Agent.Http.Get($"/api/v1/whatsapp/{organization.Number.Id}")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(code.ToString(), number.GetProperty("sending_stopped_code").GetString());

        Volatile.Write(ref isPaid, true);
        await sending.SaveTokenAsync(organization, "the-same");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await agent.Next("number:updated")).GetProperty("sending_stopped_at").ValueKind);
        await sending.UntilAllAsync([first, second, later.GetProperty("id").GetGuid()], MessageStatus.Sent);
        Assert.Null((await sending.FindAsync(second))!.ErrorCode);
    }

    [Fact]
    public async Task A_refusal_that_comes_after_the_number_was_saved_again_does_not_stop_it()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        var saved = new TaskCompletionSource();
        sending.Graph.Answer(conversation.Organization, async request =>
        {
            if (!request.Token.StartsWith("token-")) return null;
            await saved.Task.WaitAsync(Sending.Deadline);
            return await FakeGraph.Refuse(401, 190);
        });

        var id = await sending.SendAsync(conversation, "late");
        await sending.Graph.WaitForAsync(conversation.Organization, 1);
        await sending.SaveTokenAsync(conversation.Organization, "a-new-one");
        saved.SetResult();

        await sending.UntilAsync(id, MessageStatus.Sent);
    }

    [Fact]
    public async Task A_token_that_cannot_be_read_stops_the_number_without_a_request()
    {
        var sending = fixture.Sending;
        var organization = await Given.Organization(sending.Node);
        await sending.SendAsync(await sending.OpenConversationAsync(organization), "secret");

        Assert.Contains("decrypted", await StoppedAsync(sending, organization));
        Assert.Empty(sending.Graph.RequestsOf(organization));
    }

    [Fact]
    public async Task A_closed_window_fails_the_message_without_a_request_but_lets_templates_through()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        await sending.Database.ExecuteAsync("update conversations set window_expires_at = now() - interval '1 second' where id = @Id", new { conversation.Id });

        var text = await sending.SendAsync(conversation, "too late");
        var template = await sending.SendAsync(conversation, MessageType.Template, new { name = "hello", language = "pt_BR" });
        var failed = await sending.UntilAsync(text, MessageStatus.Failed);
        await sending.UntilAsync(template, MessageStatus.Sent);

        Assert.Equal("131047", failed.ErrorCode);
        Assert.Contains("template", failed.ErrorMessage);
        Assert.Equal("template", Assert.Single(sending.Graph.RequestsOf(conversation.Organization)).Text("type"));
    }

    [Fact]
    public async Task Metas_closed_window_closes_ours()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, _ => FakeGraph.Refuse(400, 131047, "Re-engagement message"));

        await sending.UntilAsync(await sending.SendAsync(conversation, "still there?"), MessageStatus.Failed);

        Assert.True(await sending.Database.SingleAsync<bool>("select window_expires_at <= now() from conversations where id = @Id", new { conversation.Id }));
    }

    [Fact]
    public async Task A_window_that_the_customer_opens_while_Meta_calls_it_closed_stays_open()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, async _ =>
        {
            await Given.InboundMessage(conversation, "still here");
            return await FakeGraph.Refuse(400, 131047, "Re-engagement message");
        });

        await sending.UntilAsync(await sending.SendAsync(conversation, "still there?"), MessageStatus.Failed);

        Assert.True(await sending.Database.SingleAsync<bool>("select window_expires_at > now() from conversations where id = @Id", new { conversation.Id }));
    }

    [Fact]
    public async Task A_token_that_no_request_can_carry_fails_the_message_and_does_not_hold_up_the_node()
    {
        await using var sending = await Sending.StartAsync();
        var conversation = await sending.OpenConversationAsync();
        await sending.Database.ExecuteAsync("update whatsapp_numbers set access_token = @token where id = @Id",
            new { token = sending.Node.Get<Accounts.SecretBox>().Seal("to\nken", Numbers.NumberStore.PlaceOf(conversation.Organization.Number.Id)), conversation.Organization.Number.Id });

        var failed = await sending.UntilAsync(await sending.SendAsync(conversation, "never leaves"), MessageStatus.Failed);

        Assert.Equal("not_sent", failed.ErrorCode);
        await sending.StopAsync(sending.Node).WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_slow_customer_and_a_slow_number_delay_nobody_else()
    {
        await using var sending = await Sending.StartAsync(("Concurrent", "8"));
        var (slow, well) = (await sending.OrganizationAsync(), await sending.OrganizationAsync());
        var slowCustomer = await sending.OpenConversationAsync(well);
        sending.Graph.Answer(slow, (_, context) => sending.Graph.Hang(context));
        sending.Graph.Answer(well, (request, context) => request.To == slowCustomer.Contact.WhatsappId ? sending.Graph.Hang(context) : FakeGraph.Accept());

        for (var i = 0; i < 20; i++) await sending.SendAsync(await sending.OpenConversationAsync(slow), "hangs");
        await sending.SendAsync(slowCustomer, "hangs");
        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++) ids.Add(await sending.SendAsync(await sending.OpenConversationAsync(well), "goes"));

        await sending.UntilAllAsync(ids, MessageStatus.Sent);
        Assert.InRange(sending.Graph.RequestsOf(slow).Count, 1, 4);
    }

    [Fact]
    public async Task A_status_that_was_faster_than_the_answer_stays()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        var delivered = new TaskCompletionSource();
        sending.Graph.Answer(conversation.Organization, async _ =>
        {
            await delivered.Task.WaitAsync(Sending.Deadline);
            return null;
        });

        var id = await sending.SendAsync(conversation, "quick");
        var request = (await sending.Graph.WaitForAsync(conversation.Organization, 1))[0];
        await sending.TickAsync(conversation, FakeGraph.WamidOf(request), "delivered", id);
        await sending.UntilAsync(id, MessageStatus.Delivered);
        var next = await sending.SendAsync(conversation, "next");
        delivered.SetResult();
        await sending.UntilAsync(next, MessageStatus.Sent);

        var message = await sending.FindAsync(id);
        Assert.Equal((MessageStatus.Delivered, FakeGraph.WamidOf(request)), (message!.Status, message.WhatsappMessageId));
        Assert.Single(sending.Graph.RequestsOf(conversation.Organization), r => r.MessageId == id);
    }

    [Fact]
    public async Task A_status_that_came_before_its_messages_wamid_was_known_is_applied_then()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        sending.Graph.Answer(conversation.Organization, async request =>
        {
            await sending.TickAsync(conversation, FakeGraph.WamidOf(request), "delivered");
            await sending.Changes.UntilAsync<long>(
                async () => await sending.Database.SingleAsync<long>("select count(*) from webhook_items_set_aside where waits_for = @wamid", new { wamid = FakeGraph.WamidOf(request) }),
                count => count == 1);
            return null;
        });

        await sending.UntilAsync(await sending.SendAsync(conversation, "hi"), MessageStatus.Delivered);
    }

    [Fact]
    public async Task A_message_of_the_API_goes_out_and_once_more_when_an_agent_tries_again()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        var agent = conversation.Organization.Agent.Http;
        sending.Graph.Answer(conversation.Organization, request => request.Number == 1 ? FakeGraph.Refuse(400, 131026) : FakeGraph.Accept());

        var created = await agent.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "hello" } });
        var id = created.Expect(HttpStatusCode.Created).As<Message>().Id;
        await sending.UntilAsync(id, MessageStatus.Failed);
        (await agent.Post($"{conversation.Path}/messages/{id}/retry")).Expect(HttpStatusCode.OK);
        var sent = await sending.UntilAsync(id, MessageStatus.Sent);

        Assert.Null(sent.ErrorCode);
        Assert.Equal(["hello", "hello"], sending.Graph.RequestsOf(conversation.Organization).Select(r => r.Said));
    }

    [Fact]
    public async Task Meta_out_of_reach_is_retried_a_limited_number_of_times()
    {
        await using var sending = await Sending.StartAsync(("RetryLimit", "00:00:00.05"), ("MaxAttempts", "4"));
        var conversation = await sending.OpenConversationAsync();
        await sending.Graph.DisposeAsync();

        var failed = await sending.UntilAsync(await sending.SendAsync(conversation, "is anybody there?"), MessageStatus.Failed);

        Assert.Equal("not_sent", failed.ErrorCode);
    }

    [Fact]
    public async Task A_number_that_is_switched_off_fails_its_messages_without_a_request()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        await sending.Database.ExecuteAsync("update whatsapp_numbers set is_active = false where id = @Id", new { conversation.Organization.Number.Id });

        var failed = await sending.UntilAsync(await sending.SendAsync(conversation, "hi"), MessageStatus.Failed);

        Assert.Equal("number_inactive", failed.ErrorCode);
        Assert.Empty(sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task A_reply_to_a_message_that_was_just_sent_quotes_it()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();

        var first = await sending.SendAsync(conversation, "first");
        var reply = await sending.SendAsync(conversation, MessageType.Text, new { text = "as I said" }, change: m => m with { ReplyToMessageId = first });
        await sending.UntilAsync(reply, MessageStatus.Sent);

        var (original, quoting) = (sending.Graph.RequestsOf(conversation.Organization)[0], sending.Graph.RequestsOf(conversation.Organization)[1]);
        Assert.Equal(FakeGraph.WamidOf(original), quoting.Body.GetProperty("context").GetProperty("message_id").GetString());
    }

    [Fact]
    public async Task A_customer_with_a_new_number_is_sent_to_there()
    {
        var sending = fixture.Sending;
        var conversation = await sending.OpenConversationAsync();
        var moved = await Given.Contact(conversation.Organization);
        await sending.Database.ExecuteAsync("update contacts set merged_into = @to where id = @from", new { to = moved.Id, from = conversation.Contact.Id });

        await sending.UntilAsync(await sending.SendAsync(conversation, "hi"), MessageStatus.Sent);

        Assert.Equal(moved.WhatsappId, Assert.Single(sending.Graph.RequestsOf(conversation.Organization)).To);
    }

    [Fact]
    public async Task The_database_going_away_again_and_again_loses_nothing_and_doubles_nothing()
    {
        await using var sending = await Sending.StartAsync();
        var organization = await sending.OrganizationAsync();
        var conversations = new List<TestConversation>();
        for (var i = 0; i < 10; i++) conversations.Add(await sending.OpenConversationAsync(organization));
        var stop = sending.Database.ExecuteAsync("update whatsapp_numbers set sending_stopped_at = now(), sending_stopped_reason = 'not yet'");
        await stop;
        var ids = new List<Guid>();
        for (var i = 0; i < 12; i++)
            foreach (var conversation in conversations) ids.Add(await sending.SendAsync(conversation, $"{i}"));
        // All the node's connections, whether they are claiming messages or writing their results.
        sending.Graph.Answer(organization, async request =>
        {
            if (request.Number % 25 == 0)
                await sending.Database.ExecuteAsync("""
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and application_name = 'pytake' and pid <> pg_backend_pid()
                    """);
            return null;
        });

        await sending.Database.ExecuteAsync("update whatsapp_numbers set sending_stopped_at = null, sending_stopped_reason = null");
        await sending.UntilAllAsync(ids, MessageStatus.Sent);

        Assert.Equal(ids.Order(), sending.Graph.RequestsOf(organization).Select(r => r.MessageId).Order());
        Assert.All(sending.Graph.RequestsOf(organization).GroupBy(r => r.To), customer => Assert.Equal(Enumerable.Range(0, 12).Select(i => $"{i}"), customer.Select(r => r.Said)));
        Assert.Equal(0, await sending.Database.SingleAsync<long>("select count(*) from outbox"));
    }

    private static async Task<string> StoppedAsync(Sending sending, TestOrganization organization) => await sending.Changes.UntilAsync(
        () => sending.Database.SingleAsync<string>(
            "select sending_stopped_reason from whatsapp_numbers where id = @Id and sending_stopped_at is not null", new { organization.Number.Id }),
        _ => true);
}
