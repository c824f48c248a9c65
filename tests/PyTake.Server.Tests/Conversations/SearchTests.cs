using System.Net;
using System.Text.Json;
using Dapper;
using PyTake.Database;
using PyTake.Json;

namespace PyTake.Conversations;

public sealed class SearchTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = ConversationEndpoints.Path;

    [Theory]
    [InlineData("João da Conceição", "joao da conceicao", "JOÃO", "Joa\u0303o", "conceição", "concei")]
    [InlineData("Joa\u0303o", "joão", "joao", "JOÃO")]
    [InlineData("STRASSE Müller", "straße", "muller", "MÜLLER", "strasse")]
    [InlineData("Łukasz Øster Đorđe", "lukasz", "oster", "djordje -", "dorde")]
    [InlineData("İstanbul Işık", "istanbul", "isik", "ISIK", "ışık")]
    [InlineData("Ёлкина Алёна", "елкина", "АЛЕНА", "алёна", "елк")]
    [InlineData("Ὀδυσσεύς ΑΘΉΝΑ", "οδυσσευς", "ΟΔΥΣΣΕΥΣ", "αθηνα", "Αθήνα")]
    [InlineData("Nguyễn Thị Hường", "nguyen thi huong", "NGUYỄN", "hường")]
    [InlineData("مُحَمَّد أحمد", "محمد", "احمد")]
    [InlineData("שָׁלוֹם", "שלום")]
    [InlineData("ＦＵＬＬ ｗｉｄｔｈ", "full", "WIDTH")]
    [InlineData("Ⴀნა Ანა", "ანა")]
    [InlineData("Հայաստան", "ՀԱՅԱՍՏԱՆ", "հայա")]
    [InlineData("Żółć ﬁlha", "zolc", "FILHA")]
    public async Task Finds_without_accents_and_in_any_case_in_every_script(string written, params string[] typed)
    {
        var organization = await Given.Organization(fixture.Node);
        var inText = await Given.OpenConversation(organization, $"Olá, {written}!", await Given.Contact(organization, "Bia"));
        var inName = await Given.OpenConversation(organization, "Oi", await Given.Contact(organization, written));
        await Given.OpenConversation(organization, "Outra coisa", await Given.Contact(organization, "Rui"));

        foreach (var search in typed.Where(t => !t.EndsWith('-')))
            Assert.Equal(new[] { inText.Id, inName.Id }.Order(), (await Found(organization, search)).Order());
    }

    [Theory]
    [InlineData("私は東京に住んでいます", "東京", "住んで")]
    [InlineData("我想退货，谢谢", "退货", "想退货")]
    [InlineData("สวัสดีครับ ขอบคุณ", "ครับ", "ขอบคุณ")]
    [InlineData("한국어로 문의드립니다", "한국어", "문의")]
    public async Task Finds_a_word_in_scripts_without_blanks(string written, params string[] typed)
    {
        var organization = await Given.Organization(fixture.Node);
        var found = await Given.OpenConversation(organization, written);
        await Given.OpenConversation(organization, new string([.. written.Reverse()]));

        foreach (var search in typed) Assert.Equal([found.Id], await Found(organization, search));
    }

    [Theory]
    [InlineData("5511988887777")]
    [InlineData("551188887777")]
    public async Task Finds_a_number_as_people_say_it(string stored)
    {
        var organization = await Given.Organization(fixture.Node);
        var found = await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, stored));
        await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, "551132887777"));
        await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, "5521977776666"));

        foreach (var search in new[]
        {
            "+55 (11) 98888-7777", "+55 11 8888-7777", "5511988887777", "551188887777", "(11) 98888-7777", "11 8888 7777", "11988887777", "1188887777",
            "011 98888-7777", "(011) 8888-7777", "0055 11 98888 7777", "0 15 11 98888-7777", "041 11 8888-7777", "98888-7777", "8888-7777", "9 8888 7777",
            "11 98888", "118888", "+55 11 98", "\u202a+55\u00a011\u00a098888\u20117777\u202c", "11.98888.7777",
        })
            Assert.True((await Found(organization, search)).SequenceEqual([found.Id]), search);
        foreach (var search in new[] { "(21) 98888-7777", "98888-7778", "+54 11 8888-7777", "55 12 98888 7777" })
            Assert.True((await Found(organization, search)).Length == 0, search);
    }

    [Theory]
    [InlineData("551132887777", "+55 11 3288-7777", "011 3288-7777", "3288-7777", "1132887777")]
    [InlineData("5491123456789", "+54 9 11 2345-6789", "+54 11 2345-6789", "11 2345-6789")]
    [InlineData("541123456789", "+54 9 11 2345-6789", "+54 11 2345-6789")]
    [InlineData("5215512345678", "+52 55 1234 5678", "+52 1 55 1234 5678", "55 1234 5678")]
    [InlineData("4917612345678", "+49 176 12345678", "0176 12345678", "0049 176 12345678")]
    public async Task Finds_other_countries_and_landlines(string stored, params string[] typed)
    {
        var organization = await Given.Organization(fixture.Node);
        var found = await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, stored));

        foreach (var search in typed) Assert.True((await Found(organization, search)).SequenceEqual([found.Id]), search);
        foreach (var search in typed)
            Assert.Equal(found.Contact.Id, Assert.Single((await organization.Agent.Http.Get($"/api/v1/contacts?q={Uri.EscapeDataString(search)}")).As<Contact[]>()).Id);
    }

    [Fact]
    public async Task Finds_a_customer_by_a_number_that_they_had_before()
    {
        var organization = await Given.Organization(fixture.Node);
        var found = await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, "5511988887777"));
        await fixture.Database.ExecuteAsync("update contacts set whatsapp_id = '5521977776666', phone_number = '+5521977776666' where id = @Id", new { found.Contact.Id });

        foreach (var search in new[] { "11 98888-7777", "+55 11 8888-7777", "21 97777-6666" }) Assert.Equal([found.Id], await Found(organization, search));
    }

    public static TheoryData<string, string, string[]> Kinds => new()
    {
        { "document", """{"media_id":"1","mime_type":"application/pdf","filename":"Contrato-João_2024.v2.pdf","caption":"Segue o orçamento"}""",
            ["contrato", "joao", "2024", "contrato-joão_2024.v2.pdf", "pdf contrato", "orcamento"] },
        { "image", """{"media_id":"1","mime_type":"image/jpeg","caption":"Minha geladeira, veja: https://exemplo.com.br/fotos/gela.jpg"}""",
            ["geladeira", "exemplo.com.br", "fotos"] },
        { "button", """{"text":"Não, obrigado","payload":"NO"}""", ["nao obrigado"] },
        { "interactive", """{"type":"button_reply","title":"Agendar visita","id":"visit-1"}""", ["agendar"] },
        { "interactive", """{"type":"list_reply","title":"Manhã","id":"r1","description":"Das 8 às 12 horas"}""", ["manha", "12 horas"] },
        { "interactive", """{"type":"list","header":{"type":"text","text":"Período"},"body":{"text":"Quando podemos ir?"},"footer":{"text":"Sem custo"},"action":{"button":"Escolher","sections":[{"title":"Dias úteis","rows":[{"id":"a","title":"Terça-feira","description":"à tarde"}]}]}}""",
            ["periodo", "quando podemos", "sem custo", "escolher", "uteis", "terca feira", "a tarde"] },
        { "interactive", """{"type":"nfm_reply","title":"Enviado","nfm_reply":{"name":"flow","body":"Enviado","response_json":"{\"flow_token\":\"abc123token\",\"endereco\":{\"cidade\":\"S\\u00e3o Jo\\u00e3o\"},\"pessoas\":[17]}"}}""",
            ["sao joao", "17"] },
        { "interactive", """{"type":"nfm_reply","title":"Formulário","nfm_reply":{"response_json":"{broken"}}""", ["formulario"] },
        { "location", """{"latitude":-23.5,"longitude":-46.6,"name":"Padaria Pão Quente","address":"Praça da Sé, 12"}""", ["padaria", "pao quente", "praca se"] },
        { "contacts", """{"contacts":[{"name":{"formatted_name":"Márcia Luz","first_name":"Márcia"},"phones":[{"phone":"+55 11 97654-3210","wa_id":"551176543210","type":"CELL"}],"emails":[{"email":"marcia@exemplo.com"}],"org":{"company":"Padaria"}}]}""",
            ["marcia", "luz", "11 97654-3210", "7654-3210", "+55 11 7654-3210", "marcia@exemplo.com", "padaria"] },
        { "order", """{"catalog_id":"77","text":"Para quinta","product_items":[{"product_retailer_id":"BOLO-CENOURA","quantity":2,"item_price":50,"currency":"BRL"}]}""",
            ["quinta", "bolo cenoura", "bolo-cenoura"] },
        { "template", """{"name":"pedido_enviado","language":"pt_BR","components":[{"type":"body","parameters":[{"type":"text","text":"Inês"}]}],"rendered":{"body":"Olá Inês, seu pedido saiu","footer":"Não responda","buttons":["Rastrear"]}}""",
            ["ines", "pedido saiu", "nao responda", "rastrear", "pedido_enviado"] },
        { "note", """{"text":"Ligar para o síndico"}""", ["sindico"] },
        { "something_new", """{"title":"Enquete","options":[{"name":"Açaí"}]}""", ["enquete", "acai"] },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Finds_what_was_sent_of_every_kind_and_says_which_message_it_is(string type, string content, string[] typed)
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization, contact: await Given.Contact(organization, "Zé", "5521911112222"));
        var message = await Given.Message(conversation, Draft(conversation, type, content));
        await Given.InboundMessage(conversation, "Até logo");

        foreach (var search in typed)
        {
            var answer = (await organization.Agent.Http.Get($"{Path}?q={Uri.EscapeDataString(search)}")).Expect(HttpStatusCode.OK);
            Assert.True(answer.Body.GetArrayLength() == 1, search);
            var hit = answer.Body[0].GetProperty("hit");
            Assert.Equal((message.Id, type), (hit.GetProperty("message_id").GetGuid(), hit.GetProperty("message_type").GetString()));
        }
    }

    [Theory]
    [InlineData("image", """{"media_id":"1","mime_type":"image/jpeg","sha256":"abcdef"}""", "jpeg", "abcdef", "image")]
    [InlineData("interactive", """{"type":"nfm_reply","nfm_reply":{"response_json":"{\"flow_token\":\"secrettoken\"}"}}""", "secrettoken", "nfm")]
    [InlineData("reaction", """{"message_id":"m","emoji":"👍"}""", "👍", "emoji")]
    public async Task Finds_nothing_that_people_do_not_see(string type, string content, params string[] typed)
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        await Given.Message(conversation, Draft(conversation, type, content));

        foreach (var search in typed) Assert.Empty(await Found(organization, search));
    }

    [Fact]
    public async Task A_hit_is_the_newest_message_that_matches_and_none_where_the_customers_name_does()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization, await Given.Contact(organization, "Pedro"));
        var at = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
        await Given.InboundMessage(conversation, "O pedido atrasou", at.AddMinutes(1));
        var newest = await Given.InboundMessage(conversation, "Cadê o pedido? 👨‍👩‍👧‍👦", at.AddMinutes(2));
        await Given.InboundMessage(conversation, "pedido antigo", at);
        await Given.InboundMessage(conversation, "Alô", at.AddMinutes(3));

        var hit = (await organization.Agent.Http.Get($"{Path}?q=pedido")).Body[0].GetProperty("hit");
        var byName = (await organization.Agent.Http.Get($"{Path}?q=pedro")).Body[0];
        var unsearched = (await organization.Agent.Http.Get(Path)).Body[0];

        Assert.Equal(newest.Id, hit.GetProperty("message_id").GetGuid());
        Assert.Equal("Cadê o pedido? 👨‍👩‍👧‍👦", hit.GetProperty("preview").GetString());
        Assert.Equal("inbound", hit.GetProperty("direction").GetString());
        Assert.False(byName.TryGetProperty("hit", out _));
        Assert.False(unsearched.TryGetProperty("hit", out _));
    }

    [Fact]
    public async Task Any_content_can_be_stored_and_a_text_of_any_length()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        foreach (var content in new[]
        {
            """{}""", """{"text":null}""", """{"text":{"body":"x"}}""", """{"contacts":"none"}""", """{"nfm_reply":[],"contacts":[{"phones":[{"phone":7}]}]}""",
            """{"nfm_reply":{"response_json":"7"}}""", """{"nfm_reply":{"response_json":"[\"a\"]"}}""", """{"title":1e300}""",
            RawJson.Of(new { text = string.Concat(Enumerable.Range(0, 300_000).Select(n => $"palavra{n} ")) }).Text,
            RawJson.Of(new { text = new string('ﷺ', 200_000), title = new string('世', 200_000) }).Text,
        })
            foreach (var type in new[] { "text", "interactive", "contacts", "order", "image", "new" })
                await Given.Message(conversation, Draft(conversation, type, content));
    }

    [Fact]
    public async Task Words_and_names_are_found_by_their_indexes_among_many()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var organization = Guid.CreateVersion7();
        await connection.ExecuteAsync($"""
            insert into organizations (id, name) values ('{organization}', 'Test');
            insert into whatsapp_numbers (id, organization_id, phone_number_id, phone_number, display_name, access_token)
            values ('{organization}', '{organization}', '1', '1', 'Test', '\x00');
            insert into contacts (id, organization_id, name, whatsapp_id)
            select gen_random_uuid(), '{organization}', 'Cliente ' || md5(n::text), (5511900000000 + n)::text from generate_series(1, 20000) n;
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, inbox_seq)
            select id, organization_id, id, organization_id, row_number() over () from contacts;
            insert into messages (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, direction, sender_type, message_type, content, status, occurred_at, created_at)
            select gen_random_uuid(), organization_id, id, organization_id, n, n, 'inbound', 'contact', 'text',
                jsonb_build_object('text', md5(id::text || n) || ' palavra' || n), 'received', now(), now()
            from conversations, generate_series(1, 2) n;
            analyze;
            set plan_cache_mode = force_generic_plan;
            prepare search (uuid, text, text[], boolean) as
            {SearchTerms.Found.Replace("@OrganizationId", "$1").Replace("@Typed", "$2").Replace("@Patterns", "$3").Replace("@IsNumber", "$4")} select * from found;
            """);

        var plan = string.Join('\n', await connection.QueryAsync<string>(
            $$"""explain execute search ('{{organization}}', 'orçamento', '{"%orcamento%","% 5511%"}', true)"""));

        Assert.Contains("Bitmap Index Scan on messages_words", plan, StringComparison.Ordinal);
        Assert.Contains("Bitmap Index Scan on contacts_words", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on messages", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on contacts", plan, StringComparison.Ordinal);
    }

    private static Message Draft(TestConversation conversation, string type, string content) => new()
    {
        Id = Guid.CreateVersion7(),
        ConversationId = conversation.Id,
        Direction = Direction.Inbound,
        SenderType = SenderType.Contact,
        MessageType = type,
        Content = new(content),
        Status = MessageStatus.Received,
        CreatedAt = TimeProvider.System.UtcNow(),
        OccurredAt = TimeProvider.System.UtcNow(),
    };

    private static async Task<Guid[]> Found(TestOrganization organization, string search)
        => [.. (await organization.Agent.Http.Get($"{Path}?q={Uri.EscapeDataString(search)}")).Expect(HttpStatusCode.OK).Body
            .EnumerateArray().Select(c => c.GetProperty("id").GetGuid())];
}
