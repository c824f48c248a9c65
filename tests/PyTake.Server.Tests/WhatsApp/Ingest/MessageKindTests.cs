using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Ingest;

/// <summary>What messages of every kind say beyond their text: through the webhook, REST and the events of an open conversation.</summary>
public sealed class MessageKindTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string From = "5511966650001";
    private readonly TestNode _node = fixture.Node;

    // Payments and other statuses that are no ticks

    [Fact]
    public async Task A_payment_that_fails_is_no_tick()
    {
        var organization = await Given.Organization(_node);
        var (conversation, order) = await SentOrder(organization);
        await using var client = await JoinAsync(organization, conversation.Id);

        await Deliver(organization, Fixture.Load("kinds-03-payment-failed").With("wamid.HBgNNTU4MTk4MzgxMjY0MRUCABEYEjNBRTJCRkQyNEZCRjMyMUJDRAA=", order.WhatsappMessageId!));

        var message = await client.Next("message:updated");
        var payment = message.GetProperty("payment");
        Assert.Equal(("sent", JsonValueKind.Null), (message.Get("status"), message.GetProperty("error_code").ValueKind));
        Assert.Equal(("failed", "ref-4711", 50m, "BRL", "expired"),
            (payment.Get("status"), payment.Get("reference_id"), payment.GetProperty("amount").GetDecimal(), payment.Get("currency"), payment.Get("reason")));
        AssertSame(message, (await Messages(organization, conversation.Id))[^1]);
        (await organization.Agent.Http.Post($"{conversation.Path}/messages/{order.Id}/retry")).ExpectError(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("captured", "pending@1,captured@2")]
    [InlineData("captured", "captured@2,pending@1")]
    [InlineData("captured", "captured@2,pending@2")]
    [InlineData("captured", "failed@1,captured@2")]
    [InlineData("failed", "pending@2,failed@2")]
    public async Task The_last_word_about_a_payment_counts_in_any_order(string last, string order)
    {
        var organization = await Given.Organization(_node);
        var (conversation, message) = await SentOrder(organization);
        var start = DateTime.UtcNow.AddMinutes(-10);
        foreach (var step in order.Split(',').Select(step => step.Split('@')))
            await Deliver(organization, Payment(organization, message.WhatsappMessageId!, step[0], start.AddSeconds(int.Parse(step[1]))));

        var shown = (await Messages(organization, conversation.Id))[^1];
        Assert.Equal(("sent", last), (shown.Get("status"), shown.GetProperty("payment").Get("status")));
    }

    [Fact]
    public async Task A_payment_said_twice_takes_one_number()
    {
        var organization = await Given.Organization(_node);
        var (conversation, message) = await SentOrder(organization);
        var payment = Payment(organization, message.WhatsappMessageId!, "captured", DateTime.UtcNow.AddSeconds(-5));
        await Deliver(organization, payment, payment);

        Assert.Equal(message.Seq + 1, (await Messages(organization, conversation.Id))[^1].GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task A_payment_waits_for_its_message()
    {
        var organization = await Given.Organization(_node);
        var wamid = Meta.Wamid();
        await Deliver(organization, Payment(organization, wamid, "captured", DateTime.UtcNow));

        Assert.Equal([("retry", wamid)], await _node.Database.QueryAsync<(string, string)>(
            "select state, waits_for from webhook_items_set_aside where phone_number_id = @PhoneNumberId", organization.Number));
    }

    [Theory]
    [InlineData("\"refund\"", "'refund'")]
    [InlineData("7", "'7'")]
    [InlineData("{}", "'{}'")]
    public async Task A_status_of_an_unknown_type_is_parked_with_its_name_and_changes_nothing(string type, string named)
    {
        var organization = await Given.Organization(_node);
        var (conversation, order) = await SentOrder(organization);
        await Deliver(organization, Change(organization, "messages", "statuses",
            $$"""{"id":"{{order.WhatsappMessageId}}","status":"failed","timestamp":"1780000000","recipient_id":"{{From}}","type":{{type}}}"""));

        var shown = (await Messages(organization, conversation.Id))[^1];
        Assert.Equal(("sent", order.Seq), (shown.Get("status"), shown.GetProperty("seq").GetInt64()));
        var (state, error) = await _node.Database.SingleAsync<(string, string)>(
            "select state, error from webhook_items_set_aside where phone_number_id = @PhoneNumberId", organization.Number);
        Assert.Equal("parked", state);
        Assert.Contains(named, error);
    }

    [Fact]
    public async Task A_status_that_says_that_it_is_a_messages_is_a_tick()
    {
        var organization = await Given.Organization(_node);
        var (conversation, order) = await SentOrder(organization);
        await Deliver(organization, Change(organization, "messages", "statuses",
            $$"""{"id":"{{order.WhatsappMessageId}}","status":"read","timestamp":"1780000000","recipient_id":"{{From}}","type":"message"}"""));
        Assert.Equal("read", (await Messages(organization, conversation.Id))[^1].Get("status"));
    }

    // Pricing

    [Theory]
    [InlineData("""{"billable":false,"pricing_model":"PMP","category":"service","type":"free_customer_service"}""", "service", false)]
    [InlineData("""{"pricing_model":"PMP","category":"marketing","type":"regular"}""", "marketing", true)]
    [InlineData("""{"pricing_model":"PMP","category":"galactic","type":"free_entry_point"}""", "galactic", false)]
    [InlineData("""{"category":"utility"}""", "utility", null)]
    public async Task A_tick_says_what_the_message_costs(string pricing, string category, bool? billable)
    {
        var organization = await Given.Organization(_node);
        var (conversation, order) = await SentOrder(organization);
        await using var client = await JoinAsync(organization, conversation.Id);
        string Status(string word, string more) => Change(organization, "messages", "statuses",
            $$"""{"id":"{{order.WhatsappMessageId}}","status":"{{word}}","timestamp":"1780000000","recipient_id":"{{From}}"{{more}}}""");

        // The delivered one is late and still has the price; what comes after has only Meta's conversation.
        await Deliver(organization, Status("read", ""), Status("delivered", ",\"pricing\":" + pricing), Status("delivered", ",\"conversation\":{\"id\":\"c\"}"));

        var told = (await client.Next("message:status", s => s.TryGetProperty("pricing", out _))).GetProperty("pricing");
        var shown = (await Messages(organization, conversation.Id))[^1];
        Assert.Equal("read", shown.Get("status"));
        foreach (var price in (JsonElement[])[told, shown.GetProperty("pricing")])
        {
            Assert.Equal(category, price.Get("category"));
            Assert.Equal(billable, price.GetProperty("billable").ValueKind == JsonValueKind.Null ? null : price.GetProperty("billable").GetBoolean());
        }
    }

    // Histories

    [Theory]
    [InlineData("kinds-04-history", "kinds-04-history-media")]
    [InlineData("kinds-04-history-media", "kinds-04-history")]
    public async Task A_file_of_a_history_and_its_placeholder_are_one_message(string first, string second)
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, Fixture.Load(first));
        await Deliver(organization, Fixture.Load(second));

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(("closed", 0), (conversation.Get("status"), conversation.GetProperty("unread_count").GetInt32()));
        Assert.Equal("Cliente-243483882146", conversation.GetProperty("contact").Get("name"));
        var messages = await Messages(organization, conversation.GetProperty("id").GetGuid());
        Assert.Equal([("inbound", "text", "received"), ("outbound", "text", "read"), ("inbound", "image", "received")],
            messages.Select(m => (m.Get("direction"), m.Get("message_type"), m.Get("status"))));
        Assert.Equal("a foto do produto", messages[2].GetProperty("content").Get("caption"));
        Assert.Equal("pending", messages[2].GetProperty("media").Get("state"));
    }

    [Fact]
    public async Task A_placeholder_whose_file_could_not_be_fetched_says_so()
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, Fixture.Load("kinds-04-history"));
        await Deliver(organization, Change(organization, "history", "messages", """
            {"from":"5511912707062","id":"wamid.5B16D09C137B483186A7E95A9786F52C","timestamp":"1796003356","type":"video",
             "errors":[{"code":131052,"title":"Media download error","error_data":{"details":"Too large"}}]}
            """));
        var message = (await Messages(organization, Assert.Single(await Conversations(organization)).GetProperty("id").GetGuid()))[2];
        Assert.Equal(("video", "131052", "Too large"), (message.Get("message_type"), message.Get("error_code"), message.Get("error_message")));
    }

    [Theory]
    [InlineData("SENT", "sent")]
    [InlineData("DELIVERED", "delivered")]
    [InlineData("READ", "read")]
    [InlineData("PLAYED", "read")]
    [InlineData("ERROR", "failed")]
    [InlineData("PENDING", "sent")]
    public async Task What_became_of_an_old_message_is_its_tick(string said, string status)
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, History(organization, new
        {
            from = organization.Number.PhoneNumber, to = From, id = Meta.Wamid(), timestamp = "1780000000", type = "text", text = new { body = "velha" },
            history_context = new { status = said },
        }));
        var message = Assert.Single(await Messages(organization, Assert.Single(await Conversations(organization)).GetProperty("id").GetGuid()));
        Assert.Equal(("outbound", status), (message.Get("direction"), message.Get("status")));
        var failed = (await organization.Agent.Http.Get("/api/v1/conversations?failed=true")).Body;
        Assert.Equal(status == "failed" ? 1 : 0, failed.GetArrayLength());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Who_wrote_an_old_message_is_what_it_says_of_itself(bool fromMe, bool namesRecipient)
    {
        var organization = await Given.Organization(_node);
        var message = new Dictionary<string, object>
        {
            ["from"] = fromMe ? "5511900000777" : From, ["id"] = Meta.Wamid(), ["timestamp"] = "1780000000", ["type"] = "text", ["text"] = new { body = "velha" },
            ["history_context"] = new { status = "READ", from_me = fromMe },
        };
        if (namesRecipient) message["to"] = organization.Number.PhoneNumber;
        await Deliver(organization, History(organization, message));

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(From, conversation.GetProperty("contact").Get("whatsapp_id"));
        var shown = Assert.Single(await Messages(organization, conversation.GetProperty("id").GetGuid()));
        Assert.Equal(fromMe ? ("outbound", "read") : ("inbound", "received"), (shown.Get("direction"), shown.Get("status")));
    }

    [Fact]
    public async Task A_history_names_its_customers_in_any_of_its_webhooks()
    {
        var organization = await Given.Organization(_node);
        string Old(string text) => $$$"""{"from":"{{{organization.Number.PhoneNumber}}}","to":"{{{From}}}","id":"{{{Meta.Wamid()}}}","timestamp":"1780000000","type":"text","text":{"body":"{{{text}}}"}}""";
        await Deliver(organization, Change(organization, "history", "messages", Old("um")));
        Assert.Equal(JsonValueKind.Null, Assert.Single(await Conversations(organization)).GetProperty("contact").GetProperty("name").ValueKind);
        var seq = Assert.Single(await Conversations(organization)).GetProperty("inbox_seq").GetInt64();
        await Deliver(organization, Change(organization, "history", "messages", Old("dois"), $$"""[{"profile":{"name":"Ana","username":"ana.p"},"wa_id":"{{From}}"}]"""));

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(("Ana", "ana.p"), (conversation.GetProperty("contact").Get("name"), conversation.GetProperty("contact").Get("username")));
        Assert.True(conversation.GetProperty("inbox_seq").GetInt64() > seq);
    }

    // What could not be delivered whole

    [Fact]
    public async Task A_file_that_WhatsApp_could_not_fetch_says_why()
    {
        var (organization, message, _) = await Arrived("kinds-08-media-not-fetched");
        Assert.Equal(("video", "received", "131052", "Failed to download the media from the sender."),
            (message.Get("message_type"), message.Get("status"), message.Get("error_code"), message.Get("error_message")));

        // It may come after all.
        await Deliver(organization, Change(organization, "messages", "messages", $$$"""
            {"from":"5581909241089","id":"{{{message.Get("whatsapp_message_id")}}}","timestamp":"1796089659","type":"video","video":{"id":"9","mime_type":"video/mp4"}}
            """));
        var whole = Assert.Single(await Messages(organization, message.GetProperty("conversation_id").GetGuid()));
        Assert.Equal(("pending", JsonValueKind.Null), (whole.GetProperty("media").Get("state"), whole.GetProperty("error_code").ValueKind));
    }

    // Where it comes from

    [Fact]
    public async Task An_advertisement_is_named_with_the_message_and_remembered_with_the_customer()
    {
        var (organization, message, conversation) = await Arrived("kinds-06-referral");

        var referral = message.GetProperty("referral");
        Assert.Equal(("ad", "https://fb.me/abc", "1208", "Promoção de verão", "50% off", "image", "ARAk"),
            (referral.Get("source_type"), referral.Get("source_url"), referral.Get("source_id"), referral.Get("headline"), referral.Get("body"), referral.Get("media_type"), referral.Get("ctwa_clid")));
        Assert.True(message.GetProperty("forwarded").GetBoolean());
        Assert.False(message.TryGetProperty("referred_product", out _));
        var first = conversation.GetProperty("contact").GetProperty("first_referral");
        Assert.Equal(("Promoção de verão", message.Get("occurred_at")), (first.Get("headline"), first.Get("at")));

        // A later one is only the message's, an earlier one that comes later is the first.
        foreach (var (headline, at) in ((string, string)[])[("Depois", "1796089700"), ("Antes", "1796000000")])
            await Deliver(organization, Fixture.Load("kinds-06-referral").With("Promoção de verão", headline).With("1796089659", at).With("wamid.FD84", $"wamid.{headline}"));
        var contact = Assert.Single(await Conversations(organization)).GetProperty("contact");
        Assert.Equal("Antes", contact.GetProperty("first_referral").Get("headline"));
    }

    [Fact]
    public async Task A_referral_of_any_shape_is_no_harm()
    {
        var (_, message, _) = await Arrived(Text("""
            ,"referral":{"source_id":1208,"headline":null,"body":["x"],"source_url":{"a":1},"welcome_message":{"text":"Oi"}}
            """));
        var referral = message.GetProperty("referral");
        Assert.Equal(("1208", JsonValueKind.Null, JsonValueKind.Null), (referral.Get("source_id"), referral.GetProperty("body").ValueKind, referral.GetProperty("source_url").ValueKind));
    }

    [Theory]
    [InlineData("""{"forwarded":true}""", "true")]
    [InlineData("""{"frequently_forwarded":true}""", "\"many\"")]
    [InlineData("""{"forwarded":true,"frequently_forwarded":true}""", "\"many\"")]
    [InlineData("""{"forwarded":false}""", null)]
    [InlineData("""{"forwarded":"yes"}""", null)]
    public async Task What_was_forwarded_says_how_often(string context, string? forwarded)
    {
        var (_, message, _) = await Arrived(Text(",\"context\":" + context));
        Assert.Equal(forwarded, message.TryGetProperty("forwarded", out var value) ? value.GetRawText() : null);
    }

    [Fact]
    public async Task A_product_that_is_asked_about_is_named()
    {
        var (_, message, _) = await Arrived("40-product-question");
        var product = message.GetProperty("referred_product");
        Assert.Equal(("194836987003835", "di9ozbzfi4"), (product.Get("catalog_id"), product.Get("product_retailer_id")));
        Assert.False(message.TryGetProperty("forwarded", out _));
    }

    [Fact]
    public async Task A_chat_that_an_advertisement_opened_is_a_conversation_before_anything_is_said()
    {
        var (_, message, conversation) = await Arrived("request_welcome", """
            {"from":"FROM","id":"wamid.WELCOME","timestamp":"1780000000","type":"request_welcome","referral":{"source_type":"post","headline":"Novidades"}}
            """);
        Assert.Equal(("request_welcome", "post"), (message.Get("message_type"), message.GetProperty("referral").Get("source_type")));
        Assert.Equal(("open", "Novidades"), (conversation.Get("status"), conversation.GetProperty("contact").GetProperty("first_referral").Get("headline")));
    }

    [Fact]
    public async Task A_chat_that_was_just_opened_is_none()
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, Change(organization, "messages", "messages", $$"""{"from":"{{From}}","id":"w","timestamp":"1780000000","type":"request_welcome"}"""));
        Assert.Empty(await Conversations(organization));
    }

    // Calls

    [Fact]
    public async Task A_missed_call_is_a_line_of_a_conversation()
    {
        var (_, message, conversation) = await Arrived("kinds-24-call-missed");
        Assert.Equal(("inbound", "contact", "call"), (message.Get("direction"), message.Get("sender_type"), message.Get("message_type")));
        Assert.Equal("""{"outcome": "missed", "direction": "inbound"}""", message.GetProperty("content").GetRawText());
        Assert.Equal(("Cliente-288719342809", 1), (conversation.GetProperty("contact").Get("name"), conversation.GetProperty("unread_count").GetInt32()));
        Assert.NotEqual(JsonValueKind.Null, conversation.GetProperty("window_expires_at").ValueKind);
    }

    [Theory]
    [InlineData("USER_INITIATED", "\"COMPLETED\"", 63, "inbound", "ended", 63)]
    [InlineData("USER_INITIATED", "[\"COMPLETED\"]", 63, "inbound", "ended", 63)]
    [InlineData("USER_INITIATED", "\"FAILED\"", 0, "inbound", "missed", null)]
    [InlineData("USER_INITIATED", "\"REJECTED\"", 0, "inbound", "rejected", null)]
    [InlineData("BUSINESS_INITIATED", "\"COMPLETED\"", 5, "outbound", "ended", 5)]
    [InlineData("BUSINESS_INITIATED", "\"FAILED\"", 0, "outbound", "missed", null)]
    public async Task A_call_is_one_line_from_its_beginning_to_its_end(string made, string status, int seconds, string direction, string outcome, int? duration)
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.OpenConversation(organization, contact: await Given.Contact(organization, whatsappId: From));
        await using var client = await JoinAsync(organization, conversation.Id);
        var (us, them) = (organization.Number.PhoneNumber, From);
        var (from, to) = made == "USER_INITIATED" ? (them, us) : (us, them);
        string Event(string name, string more) => Change(organization, "calls", "calls",
            $$"""{"id":"wacid.1","from":"{{from}}","to":"{{to}}","event":"{{name}}","timestamp":"1780000000","direction":"{{made}}"{{more}}}""");
        var end = Event("terminate", $$""","status":{{status}},"duration":{{seconds}},"errors":[{"code":138001,"message":"x"}]""");

        await Deliver(organization, Event("connect", ""), end, end, Event("connect", ""));

        Assert.False((await client.Next("message:new", m => m.Get("message_type") == "call")).GetProperty("content").TryGetProperty("outcome", out _));
        var ended = await client.Next("message:updated");
        AssertSame(ended, Assert.Single(await Messages(organization, conversation.Id), m => m.Get("message_type") == "call"));
        var content = ended.GetProperty("content");
        Assert.Equal((direction, direction, outcome), (ended.Get("direction"), content.Get("direction"), content.Get("outcome")));
        Assert.Equal(duration, content.TryGetProperty("duration_seconds", out var value) ? value.GetInt32() : null);
    }

    [Theory]
    [InlineData("COMPLETED", true)]
    [InlineData("FAILED", false)]
    public async Task A_call_of_ours_that_the_customer_takes_opens_the_window(string status, bool opens)
    {
        var organization = await Given.Organization(_node);
        var conversation = await Given.Conversation(organization, await Given.Contact(organization, whatsappId: From));
        foreach (var (id, connect) in (IReadOnlyList<(string, string[])>)[("wacid.4", ["connect"]), ("wacid.5", [])])
            foreach (var name in (string[])[.. connect, "terminate"])
                await Deliver(organization, Change(organization, "calls", "calls",
                    $$"""{"id":"{{id}}","from":"{{organization.Number.PhoneNumber}}","to":"{{From}}","event":"{{name}}","direction":"BUSINESS_INITIATED","status":"{{status}}"}"""));

        var shown = (await organization.Agent.Http.Get(conversation.Path)).Body;
        Assert.Equal(opens, shown.GetProperty("window_expires_at").ValueKind == JsonValueKind.String);
        Assert.Equal(0, shown.GetProperty("unread_count").GetInt32());
    }

    [Fact]
    public async Task A_call_that_the_customer_declined_is_one_line_as_well()
    {
        var organization = await Given.Organization(_node);
        string Status(string word) => Change(organization, "calls", "statuses",
            $$"""{"id":"wacid.2","type":"call","status":"{{word}}","timestamp":"1780000000","recipient_id":"{{From}}"}""");
        await Deliver(organization, Status("RINGING"));
        Assert.Empty(await Conversations(organization));
        await Deliver(organization, Status("REJECTED"), Change(organization, "calls", "calls", $$"""
            {"id":"wacid.2","from":"{{organization.Number.PhoneNumber}}","to":"{{From}}","event":"terminate","timestamp":"1780000009","direction":"BUSINESS_INITIATED","status":"FAILED"}
            """));

        var conversation = Assert.Single(await Conversations(organization)).GetProperty("id").GetGuid();
        Assert.Equal("rejected", Assert.Single(await Messages(organization, conversation)).GetProperty("content").Get("outcome"));
    }

    [Fact]
    public async Task A_call_is_read_here_and_neither_marked_as_read_nor_answered_at_WhatsApp()
    {
        var organization = await Given.Organization(_node);
        var wamid = Meta.Wamid();
        await Meta.Deliver(_node, Meta.Text(organization.Number, From, "oi", wamid, DateTime.UtcNow.AddMinutes(-1)));
        await Deliver(organization, Change(organization, "calls", "calls", $$"""{"id":"wacid.3","from":"{{From}}","event":"terminate","direction":"USER_INITIATED"}"""));
        var conversation = Assert.Single(await Conversations(organization)).GetProperty("id").GetGuid();
        var path = $"/api/v1/conversations/{conversation}";

        var read = (await organization.Agent.Http.Post(path + "/read", new { })).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(0, read.GetProperty("unread_count").GetInt32());
        Assert.Equal(wamid, await _node.Database.SingleAsync<string>("select whatsapp_message_id from read_receipts where conversation_id = @conversation", new { conversation }));
        var call = (await Messages(organization, conversation))[^1].GetProperty("id").GetGuid();
        (await organization.Agent.Http.Post(path + "/messages", new { message_type = "text", content = new { text = "oi" }, reply_to_message_id = call }))
            .ExpectInvalid("reply_to_message_id");
    }

    // Other kinds

    [Fact]
    public async Task Carts_answers_and_permissions_keep_what_is_drawn_of_them()
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, Fixture.Load("kinds-25"));
        var messages = await Messages(organization, Assert.Single(await Conversations(organization)).GetProperty("id").GetGuid());

        Assert.Equal(["interactive", "interactive", "interactive", "order", "unsupported", "location"], messages.Select(m => m.Get("message_type")));
        var content = messages.Select(m => m.GetProperty("content")).ToArray();
        Assert.Equal("accept", content[0].GetProperty("call_permission_reply").Get("response"));
        Assert.Equal(("address_message", "CUSTOMER address"), (content[1].GetProperty("nfm_reply").Get("name"), content[1].Get("title")));
        Assert.Equal("""{"flow_token":"t","nota":"5"}""", content[2].GetProperty("nfm_reply").Get("response_json"));
        Assert.Equal(19.9m, content[3].GetProperty("product_items")[0].GetProperty("item_price").GetDecimal());
        Assert.Equal(("poll_creation", "131051"), (content[4].Get("type"), messages[4].Get("error_code")));
        Assert.Equal((-23.5m, -46.6m), (content[5].GetProperty("latitude").GetDecimal(), content[5].GetProperty("longitude").GetDecimal()));
    }

    // Usernames

    [Fact]
    public async Task A_customer_without_a_number_has_the_username_of_their_last_message()
    {
        var (organization, _, conversation) = await Arrived("kinds-26-username");
        Assert.Equal(("ana.loja", "BR.7H5U8HB8E1", JsonValueKind.Null),
            (conversation.GetProperty("contact").Get("username"), conversation.GetProperty("contact").Get("whatsapp_id"), conversation.GetProperty("contact").GetProperty("phone_number").ValueKind));

        await Deliver(organization, Fixture.Load("kinds-26-username").With("ana.loja", "ana.2").With("wamid.FEC7", "wamid.2"));
        Assert.Equal("ana.2", Assert.Single(await Conversations(organization)).GetProperty("contact").Get("username"));
    }

    [Fact]
    public async Task A_customer_is_found_by_their_username_with_and_without_the_at()
    {
        var (organization, _, _) = await Arrived("kinds-26-username");
        foreach (var typed in (string[])["ana.loja", "@ana.loja", "ANA.LO", "loja"])
        {
            Assert.Single((await organization.Agent.Http.Get($"/api/v1/conversations?q={Uri.EscapeDataString(typed)}")).Body.EnumerateArray());
            Assert.Single((await organization.Agent.Http.Get($"/api/v1/contacts?q={Uri.EscapeDataString(typed)}")).Body.EnumerateArray());
        }
        Assert.Empty((await organization.Agent.Http.Get("/api/v1/conversations?q=@ana.2")).Body.EnumerateArray());
    }

    // Marketing

    [Fact]
    public async Task Who_stopped_marketing_gets_none_and_agents_are_told_why()
    {
        await using var node = TestNode.Start(_node.Database, services => services.AddSingleton<ITemplateCategories, Categories>());
        var organization = await Given.Organization(node);
        var conversation = await Given.OpenConversation(organization, contact: await Given.Contact(organization, whatsappId: From));
        var before = (await organization.Agent.Http.Get(conversation.Path)).Body.GetProperty("inbox_seq").GetInt64();
        var first = (await Send("promo", "one")).Expect(HttpStatusCode.Created).Body;
        await node.Database.ExecuteAsync("update messages set status = 'failed' where id = @id", new { id = first.GetProperty("id").GetGuid() });

        await Deliver(organization, Change(organization, "user_preferences", "user_preferences", Preference("stop", 60)));

        var stopped = (await organization.Agent.Http.Get(conversation.Path)).Body;
        Assert.Equal("2026-05-28T20:27:40.000000Z", stopped.GetProperty("contact").Get("opted_out_at"));
        Assert.True(stopped.GetProperty("inbox_seq").GetInt64() > before);
        (await Send("promo", "two")).ExpectError(HttpStatusCode.Conflict, "stopped marketing messages");
        (await organization.Agent.Http.Post($"{conversation.Path}/messages/{first.Get("id")}/retry")).ExpectError(HttpStatusCode.Conflict, "stopped marketing messages");
        (await Send("promo", "one")).Expect(HttpStatusCode.OK);
        (await Send("receipt", "three")).Expect(HttpStatusCode.Created);
        (await Send("unknown", "four")).Expect(HttpStatusCode.Created);

        // An older word that comes later changes nothing, a newer one does.
        await Deliver(organization, Change(organization, "user_preferences", "user_preferences", Preference("resume", 30)));
        (await Send("promo", "five")).ExpectError(HttpStatusCode.Conflict);
        await Deliver(organization, Change(organization, "user_preferences", "user_preferences", Preference("resume", 90)));
        (await Send("promo", "six")).Expect(HttpStatusCode.Created);

        Task<Answer> Send(string name, string key) => organization.Agent.Http.Post(
            $"{conversation.Path}/messages", new { message_type = "template", content = new { name, language = "pt_BR" } }, ("Idempotency-Key", key));
    }

    [Fact]
    public async Task Who_stopped_marketing_before_their_first_message_here_has_stopped_it()
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, Change(organization, "user_preferences", "user_preferences", Preference("stop", 0)));
        await Meta.Deliver(_node, Meta.Text(organization.Number, From, "oi"));
        Assert.Equal(JsonValueKind.String, Assert.Single(await Conversations(organization)).GetProperty("contact").GetProperty("opted_out_at").ValueKind);
    }

    [Fact]
    public async Task Who_stopped_marketing_under_a_number_that_was_somebody_elses_is_not_taken_for_them()
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, Change(organization, "messages", "messages", $$$"""
            {"from":"{{{From}}}","from_user_id":"BR.1","id":"{{{Meta.Wamid()}}}","timestamp":"1780000000","type":"text","text":{"body":"oi"}}
            """));
        await Deliver(organization, Change(organization, "user_preferences", "user_preferences", Preference("stop", 60, userId: "BR.2")));

        Assert.False(Assert.Single(await Conversations(organization)).GetProperty("contact").TryGetProperty("opted_out_at", out _));
        await Deliver(organization, Change(organization, "messages", "messages", $$$"""
            {"from":"{{{From}}}","from_user_id":"BR.2","id":"{{{Meta.Wamid()}}}","timestamp":"1780000090","type":"text","text":{"body":"oi"}}
            """));
        var stopped = Assert.Single(await Conversations(organization), c => c.GetProperty("contact").TryGetProperty("opted_out_at", out _));
        Assert.Equal("+" + From, stopped.GetProperty("contact").Get("phone_number"));
    }

    private static string Preference(string value, int after, string? userId = null)
        => $$"""{"wa_id":"{{From}}",{{(userId is null ? "" : $"\"user_id\":\"{userId}\",")}}"category":"marketing_messages","value":"{{value}}","timestamp":{{1780000000 + after}}}""";

    private sealed class Categories : ITemplateCategories
    {
        public Task<string?> FindAsync(Guid organizationId, Guid whatsappNumberId, string name, string language, CancellationToken cancellationToken)
            => Task.FromResult(name switch { "promo" => "MARKETING", "receipt" => "UTILITY", _ => (string?)null });
    }

    // Arranging

    /// <summary>Delivers a fixture to somebody who has a conversation open with its customer.</summary>
    private Task<(TestOrganization, JsonElement Message, JsonElement Conversation)> Arrived(string fixture) => Arrived(Fixture.Load(fixture));

    private async Task<(TestOrganization, JsonElement Message, JsonElement Conversation)> Arrived(Fixture fixture)
    {
        var organization = await Given.Organization(_node);
        await Deliver(organization, fixture);
        var conversation = Assert.Single(await Conversations(organization));
        var id = conversation.GetProperty("id").GetGuid();
        // An event is the same message: here that of a reader who joins from the beginning.
        await using var client = await SignalRClient.ConnectAsync(_node, organization.Agent.Token);
        await client.Join(id, afterSeq: 0);
        var message = (await Messages(organization, id))[^1];
        AssertSame(await client.Next("message:new", m => m.Get("id") == message.Get("id")), message);
        return (organization, message, conversation);
    }

    private Task<(TestOrganization, JsonElement Message, JsonElement Conversation)> Arrived(string name, string message)
        => Arrived(Fixture.Of(name, Encoding.UTF8.GetBytes(Webhook(Fixture.PhoneNumberId, "messages", "messages", message.Replace("FROM", From), null))));

    private static Fixture Text(string more) => Fixture.Of("text", Encoding.UTF8.GetBytes(Webhook(Fixture.PhoneNumberId, "messages", "messages",
        $$"""{"from":"{{From}}","id":"{{Meta.Wamid()}}","timestamp":"1780000000","type":"text","text":{"body":"oi"}{{more}}}""", null)));

    private static string Change(TestOrganization organization, string field, string list, string element, string? contacts = null)
        => Webhook(organization.Number.PhoneNumberId, field, list, element, contacts);

    private static string Webhook(string phoneNumberId, string field, string list, string element, string? contacts) => $$$"""
        {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"{{{field}}}","value":{"messaging_product":"whatsapp",
         "metadata":{"display_phone_number":"5511900000000","phone_number_id":"{{{phoneNumberId}}}"},{{{(contacts is null ? "" : $"\"contacts\":{contacts},")}}}"{{{list}}}":[{{{element}}}]}}]}]}
        """;

    private static string Payment(TestOrganization organization, string wamid, string status, DateTime at) => Change(organization, "messages", "statuses", $$$"""
        {"id":"{{{wamid}}}","status":"{{{status}}}","timestamp":"{{{new DateTimeOffset(at).ToUnixTimeSeconds()}}}","recipient_id":"{{{From}}}","type":"payment",
         "payment":{"reference_id":"r","amount":{"value":1990,"offset":100},"currency":"BRL"}}
        """);

    private static string History(TestOrganization organization, object message) => JsonSerializer.Serialize(Meta.History(organization.Number,
        [new { metadata = new { phase = 0, chunk_order = 1, progress = 10 }, threads = new[] { new { id = From, messages = new[] { message } } } }]));

    private async Task<(TestConversation, Message)> SentOrder(TestOrganization organization)
    {
        var conversation = await Given.OpenConversation(organization, contact: await Given.Contact(organization, whatsappId: From));
        return (conversation, await Given.Message(conversation, new()
        {
            Id = Guid.CreateVersion7(), ConversationId = conversation.Id, Direction = Direction.Outbound, SenderType = SenderType.Agent,
            MessageType = MessageType.Interactive, Content = new RawJson("""{"type":"order_details","body":{"text":"Pix"},"action":{"name":"review_and_pay"}}"""),
            Status = MessageStatus.Sent, WhatsappMessageId = Meta.Wamid(), CreatedAt = DateTime.UtcNow, OccurredAt = DateTime.UtcNow,
        }));
    }

    private Task Deliver(TestOrganization organization, Fixture fixture) => Deliver(organization, Encoding.UTF8.GetString(fixture.For(organization.Number.PhoneNumberId).Body));

    private async Task Deliver(TestOrganization organization, params string[] webhooks)
    {
        foreach (var webhook in webhooks) Assert.Equal(HttpStatusCode.OK, await Meta.Post(organization.Node, Encoding.UTF8.GetBytes(webhook)));
        await Meta.Work(organization.Node);
    }

    private async Task<SignalRClient> JoinAsync(TestOrganization organization, Guid conversation)
    {
        var client = await SignalRClient.ConnectAsync(_node, organization.Agent.Token);
        await client.Join(conversation);
        return client;
    }

    private static async Task<JsonElement[]> Conversations(TestOrganization organization)
        => [.. (await organization.Agent.Http.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK).Body.EnumerateArray()];

    private static async Task<JsonElement[]> Messages(TestOrganization organization, Guid conversation)
        => [.. (await organization.Agent.Http.Get($"/api/v1/conversations/{conversation}/messages")).Expect(HttpStatusCode.OK).Body.EnumerateArray()];

    private static void AssertSame(JsonElement told, JsonElement message)
        => Assert.True(JsonElement.DeepEquals(told, message), $"{told} is not {message}");
}

file static class JsonTexts
{
    /// <summary>A member that is a text.</summary>
    public static string? Get(this JsonElement element, string name) => element.GetProperty(name).GetString();
}
