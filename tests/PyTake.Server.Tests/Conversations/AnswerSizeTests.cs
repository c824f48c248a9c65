using System.Net;
using System.Text;
using System.Text.Json;
using PyTake.WhatsApp;

namespace PyTake.Conversations;

/// <summary>Whatever an organization stores, no page, catch-up or event of it is larger than a few megabytes, and every row of it is reached.</summary>
public sealed class AnswerSizeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const int Most = 4 * 1024 * 1024;
    private static readonly string Large = new('x', 900_000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_of_large_messages_is_cut_and_continued(bool isCatchUp)
    {
        var conversation = await FilledAsync(13);
        var found = new List<string>();
        string? cursor = null;
        for (var pages = 0; pages < 20; pages++)
        {
            var query = isCatchUp ? $"?changed_after={cursor ?? "0"}" : cursor is null ? "" : $"?before={cursor}";
            var (answer, next) = await GetAsync(conversation, query);
            Assert.InRange(answer.Length, 1, Most);
            using var page = JsonDocument.Parse(answer);
            Assert.InRange(page.RootElement.GetArrayLength(), 1, 4);
            string[] ids = [.. page.RootElement.EnumerateArray().Select(m => m.GetProperty("id").GetString()!)];
            found = isCatchUp ? [.. found, .. ids] : [.. ids, .. found];
            cursor = next;
            if (next is null) break;
        }
        Assert.Equal(await fixture.Database.QueryAsync<string>("select id::text from messages where conversation_id = @Id order by seq", new { conversation.Id }), found);
    }

    [Fact]
    public async Task A_page_of_one_message_that_is_larger_than_a_page_has_it()
    {
        var conversation = await FilledAsync(1, new('y', 5_000_000));
        var (answer, next) = await GetAsync(conversation, "");
        Assert.Equal((1, null), (JsonDocument.Parse(answer).RootElement.GetArrayLength(), next));
        // The connection is as good as new after a page that was cut.
        (await conversation.Organization.Agent.Http.Get($"{conversation.Path}/messages?limit=1")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_joins_far_behind_many_large_messages_is_told_to_ask_and_is_not_sent_them()
    {
        var conversation = await FilledAsync(8);
        await using var client = await SignalRClient.ConnectAsync(fixture.Node, conversation.Organization.Agent.Token);
        await client.Join(conversation.Id, afterSeq: 1);
        Assert.Equal(8, (await client.Next("resync")).GetProperty("last_seq").GetInt64());

        await client.Join(conversation.Id, afterSeq: 6);
        foreach (var seq in (long[])[7, 8]) Assert.Equal(seq, (await client.Next("message:new")).GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task A_page_of_conversations_and_of_contacts_is_cut_and_continued()
    {
        var organization = await Given.Organization(fixture.Node);
        for (var n = 0; n < 90; n++) await Given.Conversation(organization);
        // As much as an administrator can write by REST, in the longest characters.
        await fixture.Database.ExecuteAsync("""
            update contacts set attributes = jsonb_build_object('a', repeat('€', 16000)), tags = array(select repeat('€', 48) || n from generate_series(10, 59) n)
            where organization_id = @Id
            """, new { organization.Id });
        await CountAsync(organization, "/api/v1/conversations?", "before", 90);
        await CountAsync(organization, "/api/v1/conversations?view=open&", "changed_after", 90);
        await CountAsync(organization, "/api/v1/contacts/?", "before", 90);
    }

    [Fact]
    public async Task What_a_customer_calls_themselves_and_where_they_came_from_are_kept_short()
    {
        var organization = await Given.Organization(fixture.Node);
        var body = Meta.Webhook(organization.Number,
            [new { from = "5511955550301", id = Meta.Wamid(), timestamp = "1790000000", type = "text", text = new { body = "Oi" }, referral = new { source_type = "ad", body = Large[..300_000], headline = Smiles(2000) } }],
            contacts: [new { profile = new { name = "a" + Smiles(50_000) }, wa_id = "5511955550301" }]);
        await Meta.Deliver(fixture.Node, body);

        var list = await organization.Agent.Http.Get("/api/v1/conversations");
        Assert.InRange(list.Expect(HttpStatusCode.OK).Text.Length, 1, 8000);
        var contact = list.Body[0].GetProperty("contact");
        Assert.StartsWith("a😀", contact.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal(1000, contact.GetProperty("first_referral").GetProperty("headline").GetString()!.Length);
    }

    [Fact]
    public async Task Numbers_in_what_customers_send_come_back_no_larger_however_they_are_written()
    {
        var organization = await Given.Organization(fixture.Node);
        var random = new Random(4);
        string[] numbers = ["1e9999", "-1E+9999", "1e-9999", "0.1e16000", "9e131071", "1e308", "1e99999999", "12345678901234567890"];
        var list = string.Join(',', Enumerable.Range(0, 4000).Select(_ => numbers[random.Next(numbers.Length)]));
        var form = JsonSerializer.Serialize("""{"a":[LIST],"b":"1e9999 \" 2E5","c":7e3}""".Replace("LIST", list, StringComparison.Ordinal));
        var sent = 0;
        foreach (var message in (string[])[
            """{"type":"order","order":{"catalog_id":"1","product_items":[{"quantity":1e9999,"x":[LIST]}]}}""",
            """{"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":FORM}}}""",
            """{"type":"surprise","surprise":{"a":[LIST]},"context":{"from":"1","x":1e308},"referral":{"source_id":9e131071,"y":[LIST]}}""",
            """{"type":"contacts","contacts":[{"name":{"formatted_name":"Ana"},"phones":[{"phone":1e9999}],"z":[LIST]}]}""",
            """{"type":"location","location":{"latitude":1e-300,"longitude":1e300,"name":1e9999}}""",
            """{"type":"unsupported","errors":[{"code":1e9999,"title":"x"}]}"""])
        {
            var whole = """{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"NUMBER"},"messages":[{"from":"5511955550302","id":"WAMID","timestamp":"1790000000",MESSAGE]}}]}]}"""
                .Replace("MESSAGE", message[1..], StringComparison.Ordinal).Replace("LIST", list, StringComparison.Ordinal).Replace("FORM", form, StringComparison.Ordinal)
                .Replace("NUMBER", organization.Number.PhoneNumberId, StringComparison.Ordinal).Replace("WAMID", Meta.Wamid(), StringComparison.Ordinal);
            sent += whole.Length;
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(fixture.Node, Encoding.UTF8.GetBytes(whole)));
        }
        await Meta.Work(fixture.Node);

        var stored = await fixture.Database.SingleAsync<(int Count, long Bytes, long Words)>("""
            select count(*)::int, sum(octet_length(content::text) + coalesce(octet_length(meta::text), 0)),
                sum(coalesce(octet_length(message_words(message_type, content)), 0))
            from messages where organization_id = @Id
            """, new { organization.Id });
        // A number that is kept as text has two quotes more, and jsonb writes a blank after each comma.
        Assert.Equal(6, stored.Count);
        Assert.InRange(stored.Bytes, 1, 2 * sent);
        Assert.InRange(stored.Words, 1, 2 * sent);
        var id = await fixture.Database.SingleAsync<Guid>("select conversation_id from messages where organization_id = @Id limit 1", new { organization.Id });
        Assert.InRange((await organization.Agent.Http.Get($"/api/v1/conversations/{id}/messages")).Expect(HttpStatusCode.OK).Text.Length, 1, 2 * sent + 10_000);
        // What the form says besides is still found.
        Assert.Equal(1, await fixture.Database.SingleAsync<int>(
            "select count(*)::int from messages where organization_id = @Id and message_words(message_type, content) like '%1e9999% 2E5%'", new { organization.Id }));
    }

    private static string Smiles(int count) => string.Concat(Enumerable.Repeat("😀", count));

    private async Task CountAsync(TestOrganization organization, string path, string name, int count)
    {
        var (found, cursor, pages) = (new HashSet<string>(), name == "changed_after" ? "0" : null, 0);
        do
        {
            using var answer = await organization.Agent.Http.GetAsync($"{path}limit=100{(cursor is null ? "" : $"&{name}={cursor}")}");
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.InRange(Encoding.UTF8.GetByteCount(text), 1, Most);
            using var rows = JsonDocument.Parse(text);
            foreach (var row in rows.RootElement.EnumerateArray()) Assert.True(found.Add(row.GetProperty("id").GetString()!));
            cursor = answer.Headers.TryGetValues("X-Next-Cursor", out var next) ? next.Single() : null;
        }
        while (cursor is not null && ++pages < 20);
        Assert.Equal(count, found.Count);
        Assert.InRange(pages, 1, 5);
    }

    private async Task<TestConversation> FilledAsync(int count, string? text = null)
    {
        var conversation = await Given.Conversation(await Given.Organization(fixture.Node));
        for (var n = 0; n < count; n++) await Given.InboundMessage(conversation, text ?? Large, DateTime.UtcNow.AddSeconds(n - 100));
        return conversation;
    }

    private static async Task<(byte[] Answer, string? Next)> GetAsync(TestConversation conversation, string query)
    {
        using var answer = await conversation.Organization.Agent.Http.GetAsync($"{conversation.Path}/messages{query}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadAsByteArrayAsync(), answer.Headers.TryGetValues("X-Next-Cursor", out var next) ? next.Single() : null);
    }
}
