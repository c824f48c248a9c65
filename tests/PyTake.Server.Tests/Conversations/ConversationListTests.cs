using System.Net;
using PyTake.Database;

namespace PyTake.Conversations;

public sealed class ConversationListTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = ConversationEndpoints.Path;

    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Comes_newest_message_first_and_without_a_message_last()
    {
        var organization = await Given.Organization(fixture.Node);
        var empty = await Given.Conversation(organization);
        var older = await WithMessage(organization, Noon);
        var newer = await WithMessage(organization, Noon.AddMinutes(1));

        var answer = (await organization.Viewer.Http.Get(Path + "/")).Expect(HttpStatusCode.OK);

        Assert.Equal([newer.Id, older.Id, empty.Id], Ids(answer));
        Assert.Equal("3", answer.Header("X-Total-Count"));
        Assert.DoesNotContain("x-next-cursor", answer.Headers.Keys);
    }

    [Fact]
    public async Task A_conversation_is_as_the_contract_says()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization, "Bom dia");

        var body = (await organization.Agent.Http.Get(conversation.Path)).Expect(HttpStatusCode.OK).Body;

        Assert.Equal("whatsapp", body.GetProperty("channel").GetString());
        Assert.Equal(1, body.GetProperty("unread_count").GetInt32());
        Assert.Equal(1, body.GetProperty("total_messages").GetInt32());
        Assert.Equal("Bom dia", body.GetProperty("last_message").GetProperty("preview").GetString());
        Assert.Equal("inbound", body.GetProperty("last_message").GetProperty("direction").GetString());
        Assert.Equal(conversation.Contact.WhatsappId, body.GetProperty("contact").GetProperty("whatsapp_id").GetString());
        Assert.Equal(24, (body.GetProperty("window_expires_at").GetDateTime() - body.GetProperty("last_inbound_at").GetDateTime()).TotalHours);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, body.GetProperty("current_agent_id").ValueKind);
        Assert.EndsWith("Z", body.GetProperty("created_at").GetString());
    }

    [Fact]
    public async Task Cursors_walk_over_every_conversation_once_while_others_come_in_and_move_up()
    {
        var organization = await Given.Organization(fixture.Node);
        var made = new List<TestConversation>();
        for (var i = 0; i < 12; i++) made.Add(i < 3 ? await Given.Conversation(organization) : await WithMessage(organization, Noon.AddMinutes(i / 2)));

        var seen = new List<Guid>();
        var path = $"{Path}?limit=4";
        for (var page = 0; page < 3; page++)
        {
            var answer = (await organization.Agent.Http.Get(path)).Expect(HttpStatusCode.OK);
            seen.AddRange(Ids(answer));
            if (page == 2)
            {
                Assert.DoesNotContain("x-next-cursor", answer.Headers.Keys);
                break;
            }
            path = $"{Path}?limit=4&before={answer.Header("X-Next-Cursor")}";
            await WithMessage(organization, Noon.AddDays(1 + page));
        }

        Assert.Equal(made.Select(c => c.Id).Order(), seen.Order());
    }

    [Fact]
    public async Task Filters_and_totals_go_together()
    {
        var organization = await Given.Organization(fixture.Node);
        var mine = await Given.OpenConversation(organization);
        await Given.OpenConversation(organization);
        await Given.Conversation(organization, status: "closed");
        (await organization.Agent.Http.Post($"{mine.Path}/assign", new { agent_id = organization.Agent.Id })).Expect(HttpStatusCode.OK);

        Assert.Equal(("1", 1), await Count(organization, "status=closed"));
        Assert.Equal(("1", 1), await Count(organization, "assigned_to_me=true"));
        Assert.Equal(("2", 1), await Count(organization, "status=open&limit=1"));
        Assert.Equal(("3", 1), await Count(organization, "skip=2"));
        Assert.Equal(("0", 0), await Count(organization, "status=closed&assigned_to_me=true"));
        Assert.Equal(("1", 1), await Count(organization, "unassigned=true&active=true"));
        Assert.Equal(("1", 1), await Count(organization, "assigned_to_me=true&active=true"));
        Assert.Equal(("2", 2), await Count(organization, "active=true"));
        Assert.Equal(("1", 1), await Count(organization, "active=false"));
    }

    [Fact]
    public async Task Unread_is_the_callers_own()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        await Given.InboundMessage(conversation, "Alô?");
        (await organization.Agent.Http.Post($"{conversation.Path}/read")).Expect(HttpStatusCode.OK);

        Assert.Equal(0, await Unread(organization.Agent));
        Assert.Equal(2, await Unread(organization.OtherAgent));

        async Task<int> Unread(TestUser user) => (await user.Http.Get(Path)).As<Conversation[]>().Single().UnreadCount!.Value;
    }

    [Fact]
    public async Task Changes_come_in_the_order_they_were_made_and_continue_from_the_list()
    {
        var organization = await Given.Organization(fixture.Node);
        var first = await Given.OpenConversation(organization);
        var second = await Given.OpenConversation(organization);
        var position = (await organization.Agent.Http.Get(Path)).Header("X-Inbox-Seq");

        await Given.InboundMessage(second, "um");
        await Given.InboundMessage(first, "dois");
        await Given.InboundMessage(second, "três");

        var answer = (await organization.Agent.Http.Get($"{Path}?changed_after={position}")).Expect(HttpStatusCode.OK);
        Assert.Equal([first.Id, second.Id], Ids(answer));
        Assert.Equal("2", answer.Header("X-Total-Count"));
        Assert.Equal(answer.Header("X-Inbox-Seq"), answer.As<Conversation[]>()[^1].InboxSeq.ToString());

        answer = await organization.Agent.Http.Get($"{Path}?changed_after={answer.Header("X-Inbox-Seq")}");
        Assert.Empty(Ids(answer));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("skip=-1", "skip")]
    [InlineData("status=sleeping", "status")]
    [InlineData("assigned_to_me=perhaps", "assigned_to_me")]
    [InlineData("unassigned=perhaps", "unassigned")]
    [InlineData("active=perhaps", "active")]
    [InlineData("before=nonsense", "before")]
    [InlineData("before=zzz", "before")]
    [InlineData("before=n%C3%A3o", "before")]
    [InlineData("changed_after=-1", "changed_after")]
    [InlineData("changed_after=x", "changed_after")]
    public async Task A_wrong_query_is_named(string query, string field)
    {
        var organization = await Given.Organization(fixture.Node);

        (await organization.Agent.Http.Get($"{Path}?{query}")).ExpectInvalid(field);
    }

    [Theory]
    [InlineData("prado")]
    [InlineData("Ana Pra")]
    [InlineData("geladeira")]
    [InlineData("quebrou gelad")]
    [InlineData("\"geladeira nova\"")]
    [InlineData("quebrou -fogão")]
    [InlineData("100%")]
    [InlineData("d'água")]
    [InlineData("nota fiscal")]
    [InlineData("gelad\0eira")]
    public async Task Search_finds_names_numbers_and_words(string search)
    {
        var organization = await Given.Organization(fixture.Node);
        var found = await Given.OpenConversation(organization, "A geladeira nova quebrou, 100% dentro da caixa d'água", await Given.Contact(organization, "Ana Prado 100%"));
        (await organization.Agent.Http.Post($"{found.Path}/notes", new { text = "Pediu a nota fiscal" })).Expect(HttpStatusCode.Created);
        await Given.OpenConversation(organization, "O fogão chegou", await Given.Contact(organization, "Bruno"));

        var answer = (await organization.Agent.Http.Get($"{Path}?q={Uri.EscapeDataString(search)}")).Expect(HttpStatusCode.OK);

        Assert.Equal([found.Id], Ids(answer));
        Assert.Equal("1", answer.Header("X-Total-Count"));
    }

    [Theory]
    [InlineData("'")]
    [InlineData("\\")]
    [InlineData("':*")]
    [InlineData("abc:*")]
    [InlineData("a & | ! ( )")]
    [InlineData("\"unclosed")]
    [InlineData("--")]
    [InlineData("%_%")]
    [InlineData("👋👋👋")]
    [InlineData("<->abc")]
    [InlineData("foo\\':*")]
    public async Task Search_accepts_any_text(string search)
    {
        var organization = await Given.Organization(fixture.Node);
        await Given.OpenConversation(organization, "Oi");

        Assert.Empty(Ids(await organization.Agent.Http.Get($"{Path}?q={Uri.EscapeDataString(search)}")));
    }

    [Fact]
    public async Task Search_finds_a_number_however_it_is_written()
    {
        var organization = await Given.Organization(fixture.Node);
        var found = await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, "5511987654321"));
        await Given.OpenConversation(organization, contact: await Given.Contact(organization, null, "5511900000000"));

        foreach (var search in new[] { "+55 (11) 98765-4321", "987654321", "5511987" })
            Assert.Equal([found.Id], Ids(await organization.Agent.Http.Get($"{Path}?q={Uri.EscapeDataString(search)}")));
    }

    [Fact]
    public async Task Search_pages_in_the_lists_order_and_never_leaves_the_organization()
    {
        var (organization, other) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var made = new List<TestConversation>();
        for (var i = 0; i < 5; i++) made.Add(await WithMessage(organization, Noon.AddMinutes(i), "pedido atrasado"));
        await WithMessage(other, Noon.AddMinutes(9), "pedido atrasado");

        var first = await organization.Agent.Http.Get($"{Path}?q=pedido&limit=3");
        var second = await organization.Agent.Http.Get($"{Path}?q=pedido&limit=3&before={first.Header("X-Next-Cursor")}");

        Assert.Equal(made.Select(c => c.Id).Reverse(), [.. Ids(first), .. Ids(second)]);
        Assert.Equal("5", second.Header("X-Total-Count"));
    }

    private static async Task<TestConversation> WithMessage(TestOrganization organization, DateTime at, string text = "Oi")
    {
        var conversation = await Given.Conversation(organization);
        await Given.InboundMessage(conversation, text, at);
        return conversation;
    }

    private static async Task<(string Total, int Shown)> Count(TestOrganization organization, string query)
    {
        var answer = (await organization.Agent.Http.Get($"{Path}?{query}")).Expect(HttpStatusCode.OK);
        return (answer.Header("X-Total-Count"), Ids(answer).Length);
    }

    private static Guid[] Ids(Answer answer) => [.. answer.Expect(HttpStatusCode.OK).As<Conversation[]>().Select(c => c.Id)];
}
