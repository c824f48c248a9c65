using System.Text;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

public sealed class WebhookReaderTests
{
    private static readonly CustomerIdentity Ana = new("5511911112222", "BR.8842kdPq0a1", null, "Ana Prado", null);

    public static TheoryData<string> All => [.. Fixture.Names];

    // Envelope

    [Fact]
    public void A_message_is_read_with_its_escapes_taken_out()
    {
        var message = Given.Update<MessageReceived>("01-escaped-text");
        Assert.Equal(Given.Number, message.PhoneNumberId);
        Assert.Equal(Given.Start, message.OccurredAt);
        Assert.Equal(DateTimeKind.Utc, message.OccurredAt.Kind);
        Assert.StartsWith("wamid.", message.Wamid);
        Assert.Equal(Ana, message.Customer);
        Assert.True(message.FromCustomer);
        Assert.False(message.Historic);
        Assert.Equal("text", message.Type);
        Assert.Equal("Olá, o preço é 10/12 😀? Veja https://loja.example/pão", Text(message));
        Assert.Null(message.MediaId);
        Assert.Null(message.ReplyTo);
        Assert.Null(message.Meta);
    }

    [Fact]
    public void A_batch_is_read_update_by_update()
    {
        var updates = Given.Updates("03-batch");
        Assert.Equal(12, updates.OfType<MessageReceived>().Count());
        Assert.Equal(["delivered", "read"], updates.Take(6).OfType<StatusReceived>().Select(status => status.Status));
        Assert.Equal(["Ana Prado", "Bruno Reis", "Ana Prado", "Carla Nunes"], updates.Take(4).Cast<MessageReceived>().Select(message => message.Customer.Name));
    }

    [Fact]
    public void The_same_message_reads_the_same_in_any_webhook()
    {
        var first = Given.Update<MessageReceived>("07-same-wamid-first");
        Assert.Equal(first, Given.Updates("07-same-wamid-again")[1]);
        Assert.Equal(Given.Update<MessageReceived>("08-two-apps-one"), Given.Update<MessageReceived>("08-two-apps-two"));
    }

    [Fact]
    public void The_dashboards_test_message_is_a_message()
    {
        var message = Given.Update<MessageReceived>("10-dashboard-test");
        Assert.Equal(("123456123", "ABGGFlA5Fpa", "this is a text message"), (message.PhoneNumberId, message.Wamid, Text(message)));
        Assert.Equal(new CustomerIdentity("16315551181", null, null, "test user name", null), message.Customer);
    }

    [Theory]
    [InlineData("12-errors-only", Given.Number, "Meta reports error 130429: Message failed to send because there were too many messages sent from this phone number in a short period of time")]
    [InlineData("13-array", null, "not a webhook: it has no object")]
    [InlineData("13-instagram", null, "webhooks of object 'instagram' are not handled")]
    [InlineData("13-page", null, "webhooks of object 'page' are not handled")]
    [InlineData("14-unknown-field", null, "flows is not handled")]
    [InlineData("51-history-declined", Given.Number, "Meta reports error 2593109: History sharing is turned off by the business")]
    public void What_has_no_effect_here_is_kept_with_the_reason(string fixture, string? phoneNumberId, string reason)
        => Assert.Equal(new NotUnderstood(phoneNumberId, Given.ReceivedAt, reason), Given.Update<NotUnderstood>(fixture));

    [Theory]
    [InlineData("11-two-fields", "990011223344556 phone_number_quality_update FLAGGED 5511900000000", "990011223344556 account_review_update APPROVED ")]
    [InlineData("11-account-update", "990011223344556 account_update ACCOUNT_RESTRICTION 5511900000000")]
    [InlineData("70-account-alert", "990011223344556 account_alerts INCREASED_CAPABILITIES_ELIGIBILITY_NEED_MORE_INFO ")]
    [InlineData("70-name-rejected", "990011223344556 phone_number_name_update REJECTED 5511900000000")]
    [InlineData("70-template-quality", "990011223344556 message_template_quality_update RED ")]
    public void News_of_an_account_name_it_and_what_happened(string fixture, params string[] news)
        => Assert.Equal(news, Given.Updates(fixture).Cast<AccountNotice>().Select(n => n.News)
            .Select(n => $"{n.WabaId} {n.Field} {n.Event} {n.DisplayPhoneNumber}"));

    [Fact]
    public void What_is_removed_from_the_address_book_stays_here()
        => Assert.Equal(["Ana Prado 5511911112222", "nothing"],
            Given.Updates("51-app-state").Select(u => u is AddressBookEntry { Customer: var c } ? $"{c.Name} {c.WaId}" : u is Nothing ? "nothing" : "?"));

    [Theory]
    [InlineData("13-not-json")]
    [InlineData("13-cut-off")]
    [InlineData("13-empty")]
    public void What_is_no_JSON_is_kept_with_the_parsers_complaint(string fixture)
        => Assert.StartsWith("not readable as JSON: ", Given.Update<NotUnderstood>(fixture).Reason);

    [Theory]
    [InlineData("null", "not a webhook: it has no object")]
    [InlineData("5", "not a webhook: it has no object")]
    [InlineData("""{"object":null}""", "not a webhook: it has no object")]
    [InlineData("""{"object":{"a":1}}""", "not a webhook: it has no object")]
    [InlineData("""{"object":"whatsapp_business_account"}""", "the webhook has no entry")]
    [InlineData("""{"object":"whatsapp_business_account","entry":{}}""", "the webhook has no entry")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[]}""", "the webhook has no entry")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{}}]}]}""", "a change names no field")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages"}]}]}""", "a change of messages has no update in it")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":[]}]}]}""", "a change of messages has no update in it")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"flows","value":{"messages":[{"id":"a"}]}}]}]}""", "flows is not handled")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"standby","value":{"standby":{}}}]}]}""", "a change of standby has no update in it")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messaging_handovers","value":{"type":"control_shared"}}]}]}""", "handover 'control_shared' is not handled")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messaging_handovers","value":{"type":"control_taken"}}]}]}""", "a handover does not name its customer")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"errors":[{}]}}]}]}""", "an error has neither code nor text")]
    [InlineData("""{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"user_actions":[{}]}}]}]}""", "user_actions of messages is not handled")]
    public void Envelopes_of_another_shape_are_kept_with_the_reason(string webhook, string reason)
        => Assert.Equal(reason, Assert.IsType<NotUnderstood>(Given.Read(webhook)).Reason);

    [Fact]
    public void An_unknown_type_is_kept_as_it_is()
    {
        var message = Given.Update<MessageReceived>("14-unknown-type");
        Assert.Equal("hologram", message.Type);
        AssertJson("""{"id":"31415","depth":3,"frames":[{"n":1,"label":"à frente"}]}""", message.Content);
        Assert.Null(message.MediaId);
    }

    [Theory]
    [InlineData("\"seven\"", """{"value":"seven"}""")]
    [InlineData("[1,2]", """{"value":[1,2]}""")]
    [InlineData("null", "{}")]
    public void An_unknown_type_has_an_object_for_content_whatever_Meta_sends(string sent, string content)
    {
        var webhook = Given.Webhook("""{"id":"w","from":"1","type":"hologram","hologram":SENT}""".Replace("SENT", sent));
        AssertJson(content, Assert.IsType<MessageReceived>(Given.Read(webhook)).Content);
    }

    [Fact]
    public void Unknown_members_are_kept_beside_the_content()
    {
        var message = Given.Update<MessageReceived>("14-unknown-keys");
        AssertJson("""{"text":"Com novidades"}""", message.Content);
        AssertJson("""{"mood":{"face":"🙂","score":0.75}}""", message.Meta);
    }

    // What PostgreSQL would refuse

    [Fact]
    public void NUL_is_taken_out_and_half_a_surrogate_pair_replaced()
    {
        var message = Given.Update<MessageReceived>("16-nul-and-surrogates");
        Assert.Equal("ab \uFFFD c \uFFFD d 😀", Text(message));
        Assert.Equal("A\uFFFDna", message.Customer.Name);
    }

    [Fact]
    public void The_same_holds_for_every_string_that_is_passed_on()
    {
        var element = """
            {"id":"w\u0000","from":"1","type":"document","document":{"id":"m\u0000\ud800","mime_type":"a\ud800","filename":"\u0000f\udc00","caption":"c\u0000"},
             "context":{"id":"r\ud83d"},"key\u0000\udfff":{"inner\ud83d":["\u0000","\ud83d\ude00"]}}
            """;
        var message = Assert.IsType<MessageReceived>(Given.Read(Given.Webhook(element)));
        Assert.Equal(("w", "m\uFFFD", "a\uFFFD", "f\uFFFD", "r\uFFFD"), (message.Wamid, message.MediaId, message.MimeType, message.FileName, message.ReplyTo));
        AssertJson("""{"media_id":"m�","mime_type":"a�","caption":"c","filename":"f�"}""", message.Content);
        AssertJson("""{"key�":{"inner�":["","😀"]}}""", message.Meta);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_replaced()
    {
        var webhook = Encoding.UTF8.GetBytes(Given.Webhook("""{"id":"w","from":"1","type":"text","text":{"body":"a~b"}}"""));
        webhook[webhook.AsSpan().IndexOf("~"u8)] = 0xFF;
        Assert.Equal("a\uFFFDb", Text(Assert.IsType<MessageReceived>(WebhookReader.Read(webhook, Given.ReceivedAt))));
    }

    [Fact]
    public void All_escapes_of_JSON_are_understood()
    {
        var message = Given.Read(Given.Webhook("""{"id":"w","from":"1","type":"text","text":{"body":"\"\\\/\b\f\n\r\tA\u00e9"}}"""));
        Assert.Equal("\"\\/\b\f\n\r\tAé", Text(Assert.IsType<MessageReceived>(message)));
    }

    [Fact]
    public void A_number_that_jsonb_has_no_room_for_becomes_a_string()
        => AssertJson("""{"latitude":"1e400000","longitude":-46.65,"name":"Longe"}""", Given.Update<MessageReceived>("67-number-too-large").Content);

    [Fact]
    public void Marks_of_direction_and_length_are_the_customers_own()
    {
        Assert.Equal("\u202eabc\u202c \u200fשלום\u200f \u2067مرحبا\u2069", Text(Given.Update<MessageReceived>("16-rtl")));
        Assert.EndsWith(" palavra4999", Text(Given.Update<MessageReceived>("16-very-long")));
        AssertJson("""{"text":""}""", Given.Update<MessageReceived>("16-empty-text").Content);
    }

    // Identity

    [Fact]
    public void A_message_needs_no_contacts()
    {
        var change = Given.Update<IdentityChanged>("17-system-without-contacts");
        Assert.Equal(("5511933330000", "5511944440000"), (change.Old.WaId, change.New.WaId));
        var failed = Given.Update<StatusReceived>("17-failed-without-contacts");
        Assert.Equal(("failed", "131026", "Message Undeliverable."), (failed.Status, failed.ErrorCode, failed.ErrorMessage));
        Assert.Equal("delivered", Given.Update<StatusReceived>("17-delivered-without-profile").Status);
    }

    [Fact]
    public void A_customer_may_be_known_by_user_id_alone()
        => Assert.Equal(new CustomerIdentity(null, "ES.Ev4m0ra99", "ES.ENT.p4r3nt", "Eva", "eva.mora"), Given.Update<MessageReceived>("19-user-id-only").Customer);

    [Fact]
    public void Phone_and_user_id_come_alone_and_together()
    {
        Assert.Equal([("phone", "5511911112222")], Given.Update<MessageReceived>("20-first-by-phone").Customer.Keys());
        Assert.Equal([("bsuid", "BR.8842kdPq0a1"), ("phone", "5511911112222")], Given.Update<MessageReceived>("20-then-both").Customer.Keys());
        Assert.Equal([("bsuid", "BR.8842kdPq0a1")], Given.Update<MessageReceived>("20-then-user-id").Customer.Keys());
    }

    [Fact]
    public void Ids_that_only_the_contact_has_are_the_customers_too()
    {
        var webhook = Given.Webhook("""{"id":"w","from":"5511911112222","type":"text","text":{"body":"x"}}""")
            .Replace("\"messages\":[", """ "contacts":[{"wa_id":"551111112222","user_id":"BR.1","parent_user_id":"BR.ENT.1"}],"messages":[""");
        Assert.Equal(new CustomerIdentity("5511911112222", "BR.1", "BR.ENT.1", null, null), Assert.IsType<MessageReceived>(Given.Read(webhook)).Customer);
    }

    [Fact]
    public void A_new_number_brings_a_new_user_id_whatever_the_sender_is_called()
    {
        var change = Given.Update<IdentityChanged>("21-number-changed");
        Assert.Equal(new CustomerIdentity("5511955550001", "BR.oldUser1", "BR.ENT.old1", null, null), change.Old);
        Assert.Equal(new CustomerIdentity("5511955550002", "BR.newUser2", "BR.ENT.new2", null, null), change.New);
        Assert.Equal("User Fábio changed from 5511955550001 to 5511955550002", change.Text);
        var older = Given.Update<IdentityChanged>("21-number-changed-older-form");
        Assert.Equal(("5511955550001", "5511955550002"), (older.Old.WaId, older.New.WaId));
    }

    [Fact]
    public void A_user_id_may_change_where_no_number_is_shown()
    {
        var change = Given.Update<IdentityChanged>("22-user-id-changed");
        Assert.Equal([("bsuid", "AR.g1lA")], change.Old.Keys());
        Assert.Equal([("bsuid", "AR.g1lB")], change.New.Keys());
        Assert.Equal(change.Old.Keys(), Given.Update<MessageReceived>("22-before").Customer.Keys());
        Assert.Equal(change.New.Keys(), Given.Update<MessageReceived>("22-after").Customer.Keys());
    }

    [Fact]
    public void A_new_security_code_has_no_effect()
        => Given.Update<Nothing>("22-security-code-changed");

    [Theory]
    [InlineData("""{"id":"w","from":"1","type":"system","system":{"type":"user_changed_number"}}""", "system message w names no new number or id")]
    [InlineData("""{"id":"w","from":"1","type":"system","system":{"type":"user_changed_number","wa_id":"1"}}""", "system message w names no new number or id")]
    [InlineData("""{"id":"w","type":"system","system":{"type":"user_changed_number","wa_id":"2"}}""", "system message w does not name its customer")]
    [InlineData("""{"id":"w","from":"1","type":"system","system":{"type":"moon_phase"}}""", "system message w of type 'moon_phase' is not handled")]
    [InlineData("""{"id":"w","from":"1","type":"system"}""", "system message w of type '' is not handled")]
    public void System_messages_that_change_no_customer_are_kept_with_the_reason(string element, string reason)
        => Assert.Equal(reason, Assert.IsType<NotUnderstood>(Given.Read(Given.Webhook(element))).Reason);

    [Fact]
    public void A_parent_user_id_is_the_same_at_two_numbers()
    {
        var one = Given.Update<MessageReceived>("23-parent-user-id-one");
        var two = Given.Update<MessageReceived>("23-parent-user-id-two");
        Assert.NotEqual(one.PhoneNumberId, two.PhoneNumberId);
        Assert.NotEqual(one.Customer.UserId, two.Customer.UserId);
        Assert.Equal(("parent_bsuid", "BR.ENT.helo1sa"), Assert.Single(one.Customer.Keys().Intersect(two.Customer.Keys())));
    }

    [Theory]
    [InlineData("24-brazil-with-nine", "24-brazil-without-nine")]
    [InlineData("24-mexico-521", "24-mexico-52")]
    [InlineData("24-argentina-549", "24-argentina-54")]
    public void A_number_in_two_spellings_is_one_customer_and_stays_as_it_was_spelled(string one, string other)
    {
        var (first, second) = (Given.Update<MessageReceived>(one).Customer, Given.Update<MessageReceived>(other).Customer);
        Assert.Equal(first.Keys(), second.Keys());
        Assert.NotEqual(first.WaId, second.WaId);
    }

    [Theory]
    [InlineData("25-name-first", "João")]
    [InlineData("25-name-changed", "João – Loja")]
    [InlineData("25-name-empty", null)]
    [InlineData("25-name-emoji", "🦊\u200d🔥")]
    public void Names_are_whatever_the_customer_says(string fixture, string? name)
        => Assert.Equal(name, Given.Update<MessageReceived>(fixture).Customer.Name);

    [Fact]
    public void A_username_is_no_key()
    {
        var first = Given.Update<MessageReceived>("25-username-first").Customer;
        var second = Given.Update<MessageReceived>("25-username-reused").Customer;
        Assert.Equal(first.Username, second.Username);
        Assert.Empty(first.Keys().Intersect(second.Keys()));
    }

    [Fact]
    public void Marketing_is_stopped_and_resumed()
    {
        Assert.Equal(new MarketingPreference(Given.Number, Given.Start, Ana, Stopped: true), Given.Update<MarketingPreference>("26-opted-out"));
        Assert.Equal(new MarketingPreference(Given.Number, Given.Start.AddSeconds(60), Ana, Stopped: false), Given.Update<MarketingPreference>("26-resumed"));
    }

    [Theory]
    [InlineData("""{"wa_id":"1","category":"marketing_messages","value":"maybe"}""", "a preference is neither stop nor resume")]
    [InlineData("""{"wa_id":"1","category":"service_messages","value":"stop"}""", "preference 'service_messages' is not handled")]
    [InlineData("""{"category":"marketing_messages","value":"stop"}""", "a preference does not name its customer")]
    [InlineData("null", "a preference does not name its customer")]
    public void Preferences_of_another_kind_are_kept_with_the_reason(string element, string reason)
        => Assert.Equal(reason, Assert.IsType<NotUnderstood>(Given.Read(Given.Webhook(element, "user_preferences", "user_preferences"))).Reason);

    // Time and statuses

    [Fact]
    public void Time_is_Metas_to_the_second()
    {
        Assert.Equal(Given.Start, Given.Update<MessageReceived>("27-album-01").OccurredAt);
        Assert.Equal(Given.Start.AddSeconds(2), Given.Update<MessageReceived>("27-album-10").OccurredAt);
        Assert.Single(Given.Updates("28-same-second").Select(update => update.OccurredAt).Distinct());
        Assert.True(Given.Update<MessageReceived>("29-older-late").OccurredAt < Given.Update<MessageReceived>("29-newer").OccurredAt);
    }

    [Theory]
    [InlineData("\"0\"")]
    [InlineData("\"-5\"")]
    [InlineData("\"\"")]
    [InlineData("\"soon\"")]
    [InlineData("\"99999999999999999999\"")]
    [InlineData("9223372036854775807")]
    [InlineData("\"1781524801\"")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Our_time_is_used_where_Metas_is_unusable(string timestamp)
        => Assert.Equal(Given.ReceivedAt, Given.Read(Given.Webhook($$"""{"id":"w","from":"1","type":"text","timestamp":{{timestamp}}}""")).OccurredAt);

    [Theory]
    [InlineData("\"1780000000\"")]
    [InlineData("1780000000")]
    public void Metas_time_may_be_a_string_or_a_number(string timestamp)
        => Assert.Equal(Given.Start, Given.Read(Given.Webhook($$"""{"id":"w","from":"1","type":"text","timestamp":{{timestamp}}}""")).OccurredAt);

    [Fact]
    public void A_time_in_our_future_or_never_is_the_time_of_receipt()
    {
        Assert.Equal(Given.ReceivedAt, Given.Update<MessageReceived>("38-future").OccurredAt);
        Assert.Equal(Given.ReceivedAt, Given.Update<MessageReceived>("38-zero").OccurredAt);
    }

    [Fact]
    public void A_status_brings_back_what_we_sent_with_the_message()
    {
        var status = Given.Update<StatusReceived>("30-status-first");
        Assert.Equal(("sent", "0197a2f4-6f53-7c39-9d4e-0a1b2c3d4e5f"), (status.Status, status.CallbackData));
        Assert.Equal(("5511911112222", "BR.8842kdPq0a1"), (status.RecipientId, status.RecipientUserId));
        AssertJson("""{"pricing":{"billable":false,"pricing_model":"PMP","category":"service","type":"free_customer_service"}}""", status.Pricing);
    }

    [Theory]
    [InlineData("31-status-of-others", "delivered")]
    [InlineData("32-read", "read")]
    [InlineData("32-delivered-late", "delivered")]
    [InlineData("32-played", "played")]
    [InlineData("33-sent", "sent")]
    [InlineData("33-delivered", "delivered")]
    [InlineData("35-recipient-without-nine", "delivered")]
    public void A_status_keeps_Metas_name(string fixture, string word)
    {
        var status = Given.Update<StatusReceived>(fixture);
        Assert.Equal((word, null, null), (status.Status, status.ErrorCode, status.ParticipantId));
    }

    [Fact]
    public void A_failure_says_why_in_Metas_details()
    {
        var first = Given.Update<StatusReceived>("33-failed");
        Assert.Equal(("131049", "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."), (first.ErrorCode, first.ErrorMessage));
        Assert.Equal("131000", Given.Update<StatusReceived>("33-failed-again").ErrorCode);
    }

    [Theory]
    [InlineData("""[{"code":"7","title":"t"}]""", "7", "t")]
    [InlineData("""[{"code":7,"title":"t","message":"m"}]""", "7", "m")]
    [InlineData("""[{"code":7}]""", "7", "")]
    [InlineData("""[{"title":"t"}]""", null, "t")]
    [InlineData("""[{}]""", null, null)]
    [InlineData("""[null]""", null, null)]
    [InlineData("[]", null, null)]
    [InlineData("null", null, null)]
    public void A_failure_may_say_less(string errors, string? code, string? message)
    {
        var status = Assert.IsType<StatusReceived>(Given.Read(Given.Webhook($$"""{"id":"w","status":"failed","errors":{{errors}}}""", "statuses")));
        Assert.Equal((code, message), (status.ErrorCode, status.ErrorMessage));
    }

    [Fact]
    public void Pricing_is_kept_as_Meta_sent_it()
    {
        Assert.Null(Given.Update<StatusReceived>("34-no-pricing").Pricing);
        Assert.Equal("galactic", Given.Update<StatusReceived>("34-new-category").Pricing!.Value.Parse().RootElement.GetProperty("pricing").GetProperty("category").GetString());
        AssertJson("""{"pricing":{"pricing_model":"PMP","category":"authentication-international","type":"regular"}}""", Given.Update<StatusReceived>("34-no-billable").Pricing);
    }

    [Fact]
    public void Statuses_in_a_group_name_the_participant()
        => Assert.Equal([("delivered", "5511911112222"), ("delivered", "5521988887777"), ("read", "5511911112222")],
            Given.Updates("36-group-ticks").Cast<StatusReceived>().Select(status => (status.Status, status.ParticipantId!)));

    [Fact]
    public void A_group_is_named_beside_the_message()
        => AssertJson("""{"group_id":"Y2FwaV9ncm91cDoxOTUwNTU1MTExMTE="}""", Given.Update<MessageReceived>("36-group-message").Meta);

    [Fact]
    public void A_call_is_a_message_and_that_it_rings_or_was_taken_is_nothing()
    {
        Given.Update<Nothing>("37-call-status");
        Assert.Collection(Given.Updates("37-calls"),
            update => AssertJson("""{"direction":"inbound"}""", Assert.IsType<MessageReceived>(update).Content),
            update => Assert.IsType<Nothing>(update));
    }

    [Theory]
    [InlineData("7", "a call is not an object")]
    [InlineData("""{"event":"terminate"}""", "a call has no id")]
    [InlineData("""{"id":"c","event":"hold","from":"1"}""", "event 'hold' of call c is not handled")]
    [InlineData("""{"id":"c","event":"terminate","direction":"USER_INITIATED"}""", "call c does not name its customer")]
    public void Calls_that_cannot_be_interpreted_are_kept_with_the_reason(string element, string reason)
        => Assert.Equal(reason, Assert.IsType<NotUnderstood>(Given.Read(Given.Webhook(element, "calls", "calls"))).Reason);

    [Theory]
    [InlineData("""{"status":"read"}""", "a status has no id")]
    [InlineData("""{"id":"w"}""", "a status of w has no status")]
    [InlineData("""{"id":{},"status":"read"}""", "a status has no id")]
    [InlineData("7", "a status is not an object")]
    public void Statuses_that_cannot_be_interpreted_are_kept_with_the_reason(string element, string reason)
        => Assert.Equal(reason, Assert.IsType<NotUnderstood>(Given.Read(Given.Webhook(element, "statuses"))).Reason);

    // Content

    [Fact]
    public void Reactions_come_and_go()
    {
        var reaction = Given.Update<ReactionReceived>("39-reaction");
        Assert.Equal(("👍🏽", true, Ana), (reaction.Emoji, reaction.FromCustomer, reaction.Customer));
        Assert.Equal("❤️", Given.Update<ReactionReceived>("39-reaction-replaced").Emoji);
        Assert.Null(Given.Update<ReactionReceived>("39-reaction-removed").Emoji);
        Assert.Null(Given.Update<ReactionReceived>("39-reaction-removed-empty").Emoji);
        Assert.All(["39-reaction-replaced", "39-reaction-removed", "39-reaction-removed-empty"],
            name => Assert.Equal(reaction.TargetWamid, Given.Update<ReactionReceived>(name).TargetWamid));
    }

    [Fact]
    public void A_reply_names_what_it_quotes()
    {
        var reply = Given.Update<MessageReceived>("40-reply");
        Assert.StartsWith("wamid.", reply.ReplyTo);
        Assert.Null(reply.Meta);
        var question = Given.Update<MessageReceived>("40-product-question");
        Assert.NotNull(question.ReplyTo);
        Assert.Contains("referred_product", question.Meta!.Value.Text);
    }

    [Fact]
    public void What_was_forwarded_quotes_nothing()
    {
        var forwarded = Given.Update<MessageReceived>("40-forwarded");
        Assert.Null(forwarded.ReplyTo);
        AssertJson("""{"context":{"forwarded":true}}""", forwarded.Meta);
        AssertJson("""{"context":{"frequently_forwarded":true}}""", Given.Update<MessageReceived>("40-frequently-forwarded").Meta);
    }

    [Fact]
    public void A_referral_is_kept_beside_the_message()
    {
        var referral = Given.Update<MessageReceived>("41-referral").Meta!.Value.Parse().RootElement.GetProperty("referral");
        Assert.Equal("Aff-n8ZTODiE79d22KtA", referral.GetProperty("ctwa_clid").GetString());
        var video = Given.Update<MessageReceived>("41-referral-video-no-clid").Meta!.Value.Parse().RootElement.GetProperty("referral");
        Assert.Equal(("video", false), (video.GetProperty("media_type").GetString(), video.TryGetProperty("ctwa_clid", out _)));
    }

    [Fact]
    public void What_a_flow_answers_is_kept_as_the_string_it_is()
    {
        AssertJson("""
            {"type":"nfm_reply","title":"Sent","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"flow_token\":\"t1\",\"nome\":\"Ana\",\"itens\":[\"a\\/b\"]}"}}
            """, Given.Update<MessageReceived>("42-flow-reply").Content);
        Assert.Contains("""{\"flow_token\":\"t1\",\"nome\":""", Given.Update<MessageReceived>("42-flow-reply-broken").Content.Text);
        Assert.InRange(Given.Update<MessageReceived>("42-flow-reply-huge").Content.Text.Length, 60_000, 100_000);
    }

    [Theory]
    [InlineData("43-template-button", "button", """{"payload":"confirmar:42","text":"Confirmar"}""")]
    [InlineData("43-template-button-no-payload", "button", """{"text":"Confirmar"}""")]
    [InlineData("43-reply-button", "interactive", """{"type":"button_reply","title":"Confirmar","id":"confirmar:42","button_reply":{"id":"confirmar:42","title":"Confirmar"}}""")]
    [InlineData("43-list-reply", "interactive", """{"type":"list_reply","title":"10h","id":"h10","description":"Amanhã, 10 horas","list_reply":{"id":"h10","title":"10h","description":"Amanhã, 10 horas"}}""")]
    [InlineData("43-call-permission", "interactive", """{"type":"call_permission_reply","call_permission_reply":{"response":"accept","expiration_timestamp":1780604800,"response_source":"user_action"}}""")]
    [InlineData("46-location", "location", """{"latitude":-23.561414,"longitude":-46.655881,"name":"MASP","address":"Av. Paulista, 1578","url":"https://masp.example/"}""")]
    [InlineData("46-location-bare", "location", """{"latitude":-23.561414,"longitude":-46.655881}""")]
    [InlineData("46-live-location", "unsupported", """{"type":"location","code":131051,"title":"Message type unknown"}""")]
    [InlineData("48-unsupported", "unsupported", """{"type":"poll_creation","code":131051,"title":"Message type unknown"}""")]
    [InlineData("48-unknown-older-word", "unsupported", """{"code":131051,"title":"Message type unknown"}""")]
    [InlineData("48-unavailable", "unsupported", """{"code":131060,"title":"This message is currently unavailable."}""")]
    public void Content_has_one_shape_for_each_type(string fixture, string type, string content)
    {
        var message = Given.Update<MessageReceived>(fixture);
        Assert.Equal(type, message.Type);
        AssertJson(content, message.Content);
    }

    [Fact]
    public void What_is_unavailable_now_may_come_later_under_the_same_id()
    {
        var unavailable = Given.Update<MessageReceived>("48-unavailable");
        Assert.Contains("\"referral\"", unavailable.Meta!.Value.Text);
        Assert.Contains("\"errors\"", unavailable.Meta!.Value.Text);
        Assert.Equal(unavailable.Wamid, Given.Update<MessageReceived>("48-content-later").Wamid);
    }

    [Fact]
    public void An_order_keeps_its_numbers_as_they_were_written()
    {
        var order = Given.Update<MessageReceived>("44-order").Content.Parse().RootElement;
        Assert.Equal(("194836987003835", "Entregar à tarde"), (order.GetProperty("catalog_id").GetString(), order.GetProperty("text").GetString()));
        var items = order.GetProperty("product_items");
        Assert.Equal(30, items.GetArrayLength());
        Assert.Equal(["\"7.50\"", "100", "19.9"], items.EnumerateArray().Take(3).Select(item => item.GetProperty("item_price").GetRawText()));
        Assert.False(items[4].TryGetProperty("currency", out _));
        Assert.Equal("\"2\"", items[5].GetProperty("quantity").GetRawText());
    }

    [Fact]
    public void Contact_cards_are_kept_whole()
    {
        var contacts = Given.Update<MessageReceived>("45-contacts").Content.Parse().RootElement.GetProperty("contacts");
        Assert.Equal(["Sem Telefone", "Mário", "Cartão"], contacts.EnumerateArray().Select(card => card.GetProperty("name").GetProperty("formatted_name").GetString()));
        Assert.Equal("Aço/Ferro", contacts[1].GetProperty("org").GetProperty("company").GetString());
        Assert.StartsWith("BEGIN:VCARD\n", contacts[2].GetProperty("vcard").GetString());
        Assert.Contains("contact_request", Given.Update<MessageReceived>("45-own-number").Content.Text);
    }

    [Theory]
    [InlineData("47-voice", "audio", "4701", "audio/ogg; codecs=opus", null, """{"media_id":"4701","mime_type":"audio/ogg; codecs=opus","sha256":"S","voice":true}""")]
    [InlineData("47-music", "audio", "4702", "audio/mpeg", null, """{"media_id":"4702","mime_type":"audio/mpeg","sha256":"S","voice":false}""")]
    [InlineData("47-sticker", "sticker", "4703", "image/webp", null, """{"media_id":"4703","mime_type":"image/webp","sha256":"S","animated":true}""")]
    [InlineData("47-webp", "image", "4704", "image/webp", null, """{"media_id":"4704","mime_type":"image/webp","sha256":"S","caption":"Promoção 50% 🔥"}""")]
    [InlineData("47-document", "document", "4705", "application/pdf", "../orçamento/2026.pdf", """{"media_id":"4705","mime_type":"application/pdf","sha256":"S","caption":"O orçamento","filename":"../orçamento/2026.pdf"}""")]
    [InlineData("47-document-no-name", "document", "4706", "application/octet-stream", null, """{"media_id":"4706","mime_type":"application/octet-stream","sha256":"S"}""")]
    [InlineData("47-blank-caption", "video", "4707", "video/mp4", null, """{"media_id":"4707","mime_type":"video/mp4","sha256":"S"}""")]
    [InlineData("62-spoofed-image", "image", "6201", "image/png", null, """{"media_id":"6201","mime_type":"image/png","sha256":"S","caption":"<script>alert(1)</script>"}""")]
    public void Media_is_named_by_its_id(string fixture, string type, string mediaId, string mimeType, string? fileName, string content)
    {
        var message = Given.Update<MessageReceived>(fixture);
        Assert.Equal((type, mediaId, mimeType, fileName), (message.Type, message.MediaId, message.MimeType, message.FileName));
        AssertJson(content.Replace("\"S\"", "\"9jT3kq0tq1mP7bC0h0H0sH3m1H0d2m9b0cZlq3mJ8aY=\""), message.Content);
    }

    [Fact]
    public void Two_messages_may_share_media()
        => Assert.Equal(Given.Update<MessageReceived>("63-same-media-one").MediaId, Given.Update<MessageReceived>("63-same-media-two").MediaId);

    [Theory]
    [InlineData("text", """{"text":""}""")]
    [InlineData("image", "{}")]
    [InlineData("contacts", """{"contacts":[]}""")]
    [InlineData("interactive", "{}")]
    [InlineData("button", "{}")]
    [InlineData("unsupported", "{}")]
    [InlineData("media_placeholder", "{}")]
    public void A_message_without_its_object_is_still_a_message(string type, string content)
    {
        foreach (var body in new[] { "", ",\"TYPE\":null", ",\"TYPE\":7", ",\"TYPE\":[]" }.Take(type is "button" or "media_placeholder" ? 2 : 4))
        {
            var webhook = Given.Webhook("{\"id\":\"w\",\"from\":\"1\",\"type\":\"TYPE\"" + body.Replace("TYPE", type) + "}").Replace("TYPE", type);
            AssertJson(content, Assert.IsType<MessageReceived>(Given.Read(webhook)).Content);
        }
    }

    [Theory]
    [InlineData("""{"id":"w","from":"1"}""")]
    [InlineData("""{"id":"w","from":"1","type":null}""")]
    [InlineData("""{"id":"w","from":"1","type":"errors","errors":[]}""")]
    public void A_message_that_does_not_say_what_it_is_is_unsupported(string element)
        => Assert.Equal("unsupported", Assert.IsType<MessageReceived>(Given.Read(Given.Webhook(element))).Type);

    [Theory]
    [InlineData("""{"id":"w","type":"text","text":{"body":"x"}}""", "message w does not name its customer")]
    [InlineData("""{"id":"","from":"1","type":"text"}""", "a message has no id")]
    [InlineData("""{"id":null,"from":"1","type":"text"}""", "a message has no id")]
    [InlineData("""{"id":"w","from":"1","type":"reaction","reaction":{"emoji":"x"}}""", "reaction w names no message")]
    [InlineData("""{"id":"w","from":"1","type":"edit","edit":{"message":{}}}""", "edit w names no message")]
    [InlineData("""{"id":"w","from":"1","type":"edit","edit":{"original_message_id":"o"}}""", "edit w has no message")]
    [InlineData("""{"id":"w","from":"1","type":"revoke"}""", "revoke w names no message")]
    public void Messages_that_cannot_be_interpreted_are_kept_with_the_reason(string element, string reason)
        => Assert.Equal(reason, Assert.IsType<NotUnderstood>(Given.Read(Given.Webhook(element))).Reason);

    [Fact]
    public void An_id_that_no_index_has_room_for_is_ignored()
    {
        var webhook = Given.Webhook("""{"id":"LONG","from":"1","type":"text"}""").Replace("LONG", new('x', 5000));
        Assert.Equal("a message has no id", Assert.IsType<NotUnderstood>(Given.Read(webhook)).Reason);
    }

    [Fact]
    public void A_welcome_is_no_message_unless_an_advertisement_led_to_it()
    {
        Assert.IsType<Nothing>(Given.Read(Given.Webhook("""{"id":"w","from":"1","type":"request_welcome"}""")));
        var welcome = Assert.IsType<MessageReceived>(Given.Read(Given.Webhook("""{"id":"w","from":"1","type":"request_welcome","referral":{"source_type":"ad"}}""")));
        Assert.Equal(("request_welcome", "{}"), (welcome.Type, welcome.Content.Text));
    }

    // Coexistence with the phone app

    [Fact]
    public void Messages_are_edited_and_taken_back()
    {
        var original = Given.Update<MessageReceived>("49-original");
        var edited = Given.Update<MessageEdited>("49-edit");
        Assert.Equal((original.Wamid, original.Customer, "text"), (edited.TargetWamid, edited.Customer, edited.Type));
        AssertJson("""{"text":"Chego às 11"}""", edited.Content);
        Assert.Equal("Nova legenda", Given.Update<MessageEdited>("49-edit-caption").Content.Parse().RootElement.GetProperty("caption").GetString());
        Assert.Equal(original.Wamid, Given.Update<MessageRevoked>("49-revoke").TargetWamid);
    }

    [Fact]
    public void What_the_business_wrote_on_its_phone_belongs_to_the_customer_it_went_to()
    {
        var customer = Ana with { Name = null };
        var echo = Given.Update<MessageReceived>("50-echo");
        Assert.Equal((false, false, customer), (echo.FromCustomer, echo.Historic, echo.Customer));
        Assert.Equal("Já respondo pelo celular", Text(echo));
        Assert.Equal("5002", Given.Update<MessageReceived>("50-echo-image").MediaId);
        var reaction = Given.Update<ReactionReceived>("50-echo-reaction");
        Assert.Equal((false, customer), (reaction.FromCustomer, reaction.Customer));
        Assert.Equal(customer, Given.Update<MessageEdited>("50-echo-edit").Customer);
        Assert.Equal(customer, Given.Update<MessageRevoked>("50-echo-revoke").Customer);
    }

    [Fact]
    public void A_history_has_both_sides()
    {
        var messages = Given.Updates("51-history-chunk-1").Cast<MessageReceived>().ToList();
        Assert.All(messages, message => Assert.True(message.Historic));
        Assert.All(messages, message => Assert.Equal("5511911112222", message.Customer.WaId));
        Assert.All(messages, message => Assert.Equal("BR.8842kdPq0a1", message.Customer.UserId));
        Assert.Equal([("Boa tarde", true), ("Boa tarde, Ana", false), ("Sem destinatário", false)], messages.Select(message => (Text(message), message.FromCustomer)));
        AssertJson("""{"history_context":{"status":"READ"}}""", messages[0].Meta);
    }

    [Fact]
    public void Media_of_a_history_comes_after_its_placeholder_under_the_same_id()
    {
        var placeholder = Assert.IsType<MessageReceived>(Given.Updates("51-history-chunk-2")[1]);
        Assert.Equal(("media_placeholder", "{}"), (placeholder.Type, placeholder.Content.Text));
        var media = Given.Update<MessageReceived>("51-history-media");
        Assert.Equal((placeholder.Wamid, true, true, "5103"), (media.Wamid, media.Historic, media.FromCustomer, media.MediaId));
    }

    [Fact]
    public void A_chunk_of_a_history_may_be_empty()
        => Assert.IsType<Nothing>(Given.Read(Given.Webhook("""{"metadata":{"phase":2,"chunk_order":1,"progress":100},"threads":[]}""", "history", "history")));

    // Every fixture

    [Theory, MemberData(nameof(All))]
    public void What_is_read_can_be_stored(string fixture)
    {
        foreach (var update in Given.Updates(fixture))
        {
            Assert.Equal(DateTimeKind.Utc, update.OccurredAt.Kind);
            Assert.True(update.OccurredAt <= Given.ReceivedAt);
            Stored.Check(update);
        }
    }

    private static string Text(MessageReceived message) => message.Content.Parse().RootElement.GetProperty("text").GetString()!;

    private static void AssertJson(string expected, RawJson? actual)
    {
        Assert.NotNull(actual);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, actual.Value.Parse().RootElement), actual.Value.Text);
    }
}
