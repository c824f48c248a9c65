using System.Text;
using System.Text.Json;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

public sealed class WebhookSplitterTests
{
    public static TheoryData<string> All => [.. Fixture.Names];

    [Theory, MemberData(nameof(All))]
    public void Every_message_and_status_of_a_fixture_is_in_one_payload_as_it_was_written(string name)
    {
        var items = Given.Items(name);
        Assert.NotEmpty(items);
        foreach (var update in IdentifiedUpdates(Fixture.Load(name).Body))
            Assert.Single(items, item => item.Kind != "unreadable" && Text(item).Contains(update));
    }

    [Theory, MemberData(nameof(All))]
    public void A_payload_splits_into_itself(string name)
    {
        foreach (var item in Given.Items(name))
        {
            var again = Assert.Single(Given.Split(item.Payload));
            Assert.Equal(item, again);
        }
    }

    [Theory]
    [InlineData("01-escaped-text", "message")]
    [InlineData("10-dashboard-test", "message")]
    [InlineData("11-template-status", "field")]
    [InlineData("12-errors-only", "field")]
    [InlineData("14-unknown-keys", "message")]
    [InlineData("16-nul-and-surrogates", "message")]
    [InlineData("26-opted-out", "contact")]
    [InlineData("32-read", "status")]
    [InlineData("50-echo", "echo")]
    [InlineData("51-history-declined", "history")]
    [InlineData("51-history-media", "history")]
    [InlineData("13-not-json", "unreadable")]
    [InlineData("13-cut-off", "unreadable")]
    [InlineData("13-empty", "unreadable")]
    [InlineData("13-array", "unreadable")]
    [InlineData("13-instagram", "unreadable")]
    [InlineData("13-page", "unreadable")]
    public void A_body_with_one_update_or_none_is_kept_byte_for_byte(string name, string kind)
    {
        var item = Assert.Single(Given.Items(name));
        Assert.Equal(kind, item.Kind);
        Assert.Equal(Fixture.Load(name).Body, item.Payload.ToArray());
    }

    [Fact]
    public void A_batch_of_three_entries_is_split_into_its_updates_in_order()
    {
        var items = Given.Items("03-batch");
        Assert.Equal(18, items.Count);
        Assert.Equal(["message", "message", "message", "message", "status", "status"], items.Take(6).Select(item => item.Kind));
        Assert.Equal([.. Enumerable.Repeat(Fixture.PhoneNumberId, 3), .. Enumerable.Repeat(Fixture.OtherPhoneNumberId, 3)],
            items.Skip(6).Take(6).Select(item => item.PhoneNumberId!));

        using var seventh = JsonDocument.Parse(items[12].Payload);
        var entry = seventh.RootElement.GetProperty("entry")[0];
        Assert.Equal("990011223344999", entry.GetProperty("id").GetString());
        Assert.Equal(1780000003, entry.GetProperty("time").GetInt64());
        var value = entry.GetProperty("changes")[0].GetProperty("value");
        Assert.Equal("whatsapp", value.GetProperty("messaging_product").GetString());
        Assert.Equal("Ana Prado", value.GetProperty("contacts")[0].GetProperty("profile").GetProperty("name").GetString());
        Assert.Equal(1, value.GetProperty("contacts").GetArrayLength());
        Assert.False(value.TryGetProperty("statuses", out _));
    }

    [Fact]
    public void A_payload_of_a_batch_has_the_shape_of_Metas_webhooks_and_its_very_bytes()
    {
        const string Body = """
            {"object":"whatsapp_business_account", "entry":[ {"id":"9","changes":[{"value":{"contacts":[{"wa_id":"1"},{"wa_id" : "2"}],
            "messages":[{"from":"2","id":"b","t":"\/\u00e7\u0000\ud800"}, {"from":"1","id":"a"}],"metadata":{"phone_number_id":"77"}},"field":"messages"}],"time":5}]}
            """;
        var items = Given.Split(Body);
        Assert.Equal(
            """{"object":"whatsapp_business_account","entry":[{"id":"9","time":5,"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"77"},"contacts":[{"wa_id" : "2"}],"messages":[{"from":"2","id":"b","t":"\/\u00e7\u0000\ud800"}]}}]}]}""",
            Text(items[0]));
        Assert.Equal(
            """{"object":"whatsapp_business_account","entry":[{"id":"9","time":5,"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"77"},"contacts":[{"wa_id":"1"}],"messages":[{"from":"1","id":"a"}]}}]}]}""",
            Text(items[1]));
    }

    [Fact]
    public void Malformed_neighbours_are_items_of_their_own()
    {
        Assert.Collection(Given.Updates("05-malformed-in-the-middle"),
            update => Assert.Equal("""{"text":"antes"}""", Assert.IsType<MessageReceived>(update).Content.Text),
            update => Assert.Equal("a message has no id", Assert.IsType<NotUnderstood>(update).Reason),
            update => Assert.Equal("a message is not an object", Assert.IsType<NotUnderstood>(update).Reason),
            update => Assert.Equal("a message is not an object", Assert.IsType<NotUnderstood>(update).Reason),
            update => Assert.Equal("""{"text":"depois"}""", Assert.IsType<MessageReceived>(update).Content.Text));
    }

    [Fact]
    public void Contacts_are_found_by_their_ids_and_not_by_their_position()
        => Assert.Equal([("de Ana", "Ana Prado"), ("de Duda", "Duda Lima"), ("de Bruno", "Bruno Reis"), ("de Carla", "Carla Nunes")],
            Given.Updates("18-contacts-out-of-order").Cast<MessageReceived>()
                .Select(message => (message.Content.Parse().RootElement.GetProperty("text").GetString()!, message.Customer.Name!)));

    [Fact]
    public void A_null_where_a_list_belongs_is_no_update_and_costs_none()
        => Assert.Collection(Given.Updates("14-nulls"),
            update => Assert.Equal("""{"text":"Entre nulos"}""", Assert.IsType<MessageReceived>(update).Content.Text),
            update => Assert.Equal("a change of messages has no update in it", Assert.IsType<NotUnderstood>(update).Reason),
            update => Assert.Equal("a change of messages has no update in it", Assert.IsType<NotUnderstood>(update).Reason),
            update => Assert.Equal("an entry has no changes", Assert.IsType<NotUnderstood>(update).Reason),
            update => Assert.Equal("an entry has no changes", Assert.IsType<NotUnderstood>(update).Reason));

    [Fact]
    public void An_object_where_a_list_belongs_is_its_only_element()
    {
        var webhook = Given.Webhook("""{"id":"s","status":"read","recipient_id":"1"}""", "statuses")
            .Replace("\"statuses\":", """ "messages":{"id":"m","from":"1","type":"text","text":{"body":"x"}},"statuses":""");
        var items = Given.Split(webhook);
        Assert.Equal(["m", "s"], items.Select(Given.Read).Select(Wamid));
    }

    [Fact]
    public void Lists_that_occur_twice_are_both_read()
    {
        var webhook = Given.Webhook("""{"id":"a","from":"1","type":"text"}""").Replace("\"messages\":[", """ "messages":[{"id":"b","from":"2","type":"text"}],"messages":[""");
        Assert.Equal(["b", "a"], Given.Split(webhook).Select(Given.Read).Select(Wamid));
    }

    [Fact]
    public void Messages_of_a_history_are_items_of_their_own_in_the_partitions_of_their_customers()
    {
        var first = Given.Items("51-history-chunk-1");
        Assert.Equal(3, first.Count);
        Assert.All(first, item => Assert.Equal((Partitions.Of("5511911112222"), "history"), (item.Partition, item.Kind)));
        Assert.All(first, item => Assert.Contains("\"metadata\":{\"phase\":1,\"chunk_order\":1,\"progress\":55}", Text(item)));
        var second = Given.Items("51-history-chunk-2");
        Assert.Equal([Partitions.Of("5511911112222"), Partitions.Of("552188887777")], second.Select(item => item.Partition));
    }

    [Fact]
    public void A_customers_messages_and_the_ticks_of_ours_share_a_partition_however_the_number_is_spelled()
    {
        var partition = Partitions.Of("5511911112222");
        foreach (var name in new[]
        {
            "01-escaped-text", "20-first-by-phone", "20-then-both", "26-opted-out", "32-read", "33-failed", "39-reaction",
            "49-revoke", "50-echo",
        })
            Assert.Equal(partition, Assert.Single(Given.Items(name)).Partition);
        foreach (var (one, other) in new[]
        {
            ("24-brazil-with-nine", "24-brazil-without-nine"), ("24-brazil-with-nine", "35-recipient-without-nine"), ("24-mexico-521", "24-mexico-52"),
            ("24-argentina-549", "24-argentina-54"),
        })
            Assert.Equal(Assert.Single(Given.Items(one)).Partition, Assert.Single(Given.Items(other)).Partition);
    }

    [Fact]
    public void Where_no_number_is_shown_the_partition_goes_by_the_user_id()
    {
        Assert.Equal(Partitions.Of("ES.Ev4m0ra99"), Assert.Single(Given.Items("19-user-id-only")).Partition);
        var tick = Given.Webhook("""{"id":"w","status":"read","recipient_user_id":"ES.Ev4m0ra99"}""", "statuses");
        Assert.Equal(Partitions.Of("ES.Ev4m0ra99"), Assert.Single(Given.Split(tick)).Partition);
    }

    [Theory]
    [InlineData("21-number-changed", "21-new-number-writes")]
    [InlineData("21-number-changed-older-form", "21-new-number-writes")]
    [InlineData("22-user-id-changed", "22-after")]
    public void An_identity_change_goes_into_the_partition_of_what_the_customer_writes_next(string change, string message)
        => Assert.Equal(Assert.Single(Given.Items(message)).Partition, Assert.Single(Given.Items(change)).Partition);

    [Fact]
    public void A_number_that_only_the_contact_shows_decides_the_partition()
    {
        var webhook = Given.Webhook("""{"id":"w","from_user_id":"BR.1","type":"text","text":{"body":"x"}}""")
            .Replace("\"messages\":[", """ "contacts":[{"wa_id":"5511911112222","user_id":"BR.1"},{"wa_id":"1","user_id":"BR.2"}],"messages":[""");
        Assert.Equal(Partitions.Of("5511911112222"), Assert.Single(Given.Split(webhook)).Partition);
    }

    [Fact]
    public void What_concerns_no_customer_goes_by_the_number_or_into_the_first_partition()
    {
        Assert.Equal(Partitions.Of(Given.Number), Assert.Single(Given.Items("12-errors-only")).Partition);
        Assert.Equal(0, Assert.Single(Given.Items("11-template-status")).Partition);
        Assert.Equal(0, Assert.Single(Given.Items("13-not-json")).Partition);
    }

    [Fact]
    public void All_ticks_of_a_group_message_share_a_partition()
        => Assert.Single(Given.Items("36-group-ticks").Select(item => item.Partition).Distinct());

    [Fact]
    public void One_update_that_is_nested_too_deep_does_not_fail_the_others()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));
        var webhook = Given.Webhook("""{"id":"deep","from":"1","type":"x","x":DEEP},{"id":"b","from":"1","type":"text","text":{"body":"x"}}""").Replace("DEEP", deep);
        var updates = Given.Split(webhook).Select(Given.Read).ToList();
        Assert.StartsWith("not readable as JSON: ", Assert.IsType<NotUnderstood>(updates[0]).Reason);
        Assert.Equal("b", Wamid(updates[1]));
    }

    [Fact]
    public void One_update_that_is_nested_deeper_than_any_parser_goes_is_kept_alone_and_complete()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":[""", 20_000)) + "\"\u00e9\"" + string.Concat(Enumerable.Repeat("]}", 20_000));
        var webhook = Given.Webhook("""
            {"id":"a","from":"1","type":"text","text":{"body":"1"}},{"id":"deep","from":"1","type":"x","x":DEEP},{"id":"b","from":"1","type":"text","text":{"body":"2"}}
            """).Replace("DEEP", deep);

        var items = Given.Split(webhook);

        Assert.Equal(3, items.Count);
        Assert.Single(items.Select(item => item.Partition).Distinct());
        var updates = items.Select(Given.Read).ToList();
        Assert.Equal("a", Wamid(updates[0]));
        Assert.StartsWith("not readable as JSON: ", Assert.IsType<NotUnderstood>(updates[1]).Reason);
        Assert.Equal("b", Wamid(updates[2]));
        Assert.Contains("\\u0022\\u00E9\\u0022", Encoding.UTF8.GetString(items[1].Payload));
    }

    [Fact]
    public void A_body_made_to_grow_when_it_is_split_is_kept_whole()
    {
        var webhook = Given.Webhook(string.Join(',', Enumerable.Repeat("{}", 200_000))).Replace("\"metadata\"", $"\"padding\":\"{new string('x', 1_000_000)}\",\"metadata\"");
        var item = Assert.Single(Given.Split(webhook));
        Assert.Equal("unreadable", item.Kind);
        Assert.Equal(webhook, Encoding.UTF8.GetString(item.Payload));
        Assert.Contains($"{webhook.Length} bytes", Assert.IsType<NotUnderstood>(item.Update).Reason);
    }

    [Fact]
    public void Three_megabytes_of_brackets_are_just_unreadable()
        => Assert.Equal("unreadable", Assert.Single(Given.Split(new string('[', 3 << 20))).Kind);

    [Fact]
    public void A_thousand_updates_in_three_megabytes_are_split_without_growing_much()
    {
        var body = Large(messages: 1000, length: 2850);
        Assert.InRange(body.Length, 2_900_000, 3_200_000);

        var items = Given.Split(body);

        Assert.Equal(1000, items.Count);
        var messages = items.Select(Given.Read).Cast<MessageReceived>().ToList();
        Assert.Equal(Enumerable.Range(0, 1000).Select(n => $"wamid.{n}"), messages.Select(message => message.Wamid));
        Assert.Equal(Enumerable.Range(0, 1000).Select(n => $"Cliente {n}"), messages.Select(message => message.Customer.Name));
        Assert.InRange(items.Sum(item => item.Payload.Length), body.Length, body.Length * 5 / 4);
    }

    /// <summary>A batch of messages, each from another customer, with the contacts in reverse order.</summary>
    private static byte[] Large(int messages, int length)
    {
        var all = Enumerable.Range(0, messages).ToList();
        var text = new string('x', length);
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            @object = "whatsapp_business_account",
            entry = new[]
            {
                new { id = "1", changes = new[] { new { field = "messages", value = new
                {
                    metadata = new { display_phone_number = "5511900000000", phone_number_id = Given.Number },
                    contacts = all.Select(n => new { wa_id = $"{3519000000 + n}", profile = new { name = $"Cliente {n}" } }).Reverse(),
                    messages = all.Select(n => new { from = $"{3519000000 + n}", id = $"wamid.{n}", timestamp = "1780000000", type = "text", text = new { body = text } }),
                } } } },
            },
        });
    }

    /// <summary>The bytes of the elements with an id in messages, statuses and the like, as an ordinary parser finds them.</summary>
    internal static IEnumerable<string> IdentifiedUpdates(byte[] body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            yield break;
        }
        if (document.RootElement is not { ValueKind: JsonValueKind.Object } webhook || !Is(webhook, "object", "whatsapp_business_account")) yield break;
        foreach (var value in Members(webhook, "entry").SelectMany(entry => Members(entry, "changes")).SelectMany(change => Member(change, "value")))
        {
            var threads = Members(value, "history").SelectMany(chunk => Members(chunk, "threads"));
            var updates = Members(value, "messages").Concat(Members(value, "statuses")).Concat(Members(value, "message_echoes"))
                .Concat(threads.SelectMany(thread => Members(thread, "messages")));
            foreach (var update in updates)
                if (update.ValueKind == JsonValueKind.Object && update.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
                    yield return update.GetRawText();
        }
    }

    private static bool Is(JsonElement element, string name, string text)
        => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static IEnumerable<JsonElement> Member(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? [value] : [];

    private static IEnumerable<JsonElement> Members(JsonElement element, string name)
        => Member(element, name).SelectMany(value => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : Array.Empty<JsonElement>());

    private static string Text(WebhookItem item) => Encoding.UTF8.GetString(item.Payload);

    private static string? Wamid(WebhookUpdate update) => update switch
    {
        MessageReceived message => message.Wamid,
        StatusReceived status => status.Wamid,
        _ => null,
    };
}
