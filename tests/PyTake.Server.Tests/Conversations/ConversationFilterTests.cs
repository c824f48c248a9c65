using System.Net;
using System.Text.Json;

namespace PyTake.Conversations;

public sealed class ConversationFilterTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = ConversationEndpoints.Path;

    [Fact]
    public async Task A_list_its_total_and_its_changes_are_narrowed_alike()
    {
        var organization = await Given.Organization(fixture.Node);
        var number = await Given.Number(fixture.Node, organization.Id);
        var made = new List<(TestConversation Conversation, string[] Filters)>();
        var friend = await Given.Contact(organization);
        await Make([]);
        await Make(["tag=vip", "tag=VIP", "tag=%20Vip%20"], c => organization.Agent.Http.Put(c.Path, new { tags = new[] { "Vip" } }));
        await Make(["tag=s%C3%A3o%20paulo", "tag=S%C3%83O%20PAULO"], c => organization.Agent.Http.Put($"/api/v1/contacts/{c.Contact.Id}", new { tags = new[] { "São Paulo" } }));
        await Make([$"agent_id={organization.OtherAgent.Id}"], c => organization.Agent.Http.Post($"{c.Path}/assign", new { agent_id = organization.OtherAgent.Id }));
        await Make([$"contact_id={friend.Id}"], contact: friend);
        await Make([$"whatsapp_number_id={number.Id}"], c => Set(c, "whatsapp_number_id = @number", new { number = number.Id, c.Id }));
        await Make(["unread=true"], c => Given.InboundMessage(c, "Alô?"));
        await Make(["failed=true"], c => Set(c, "failed_count = 1", new { c.Id }));
        var filters = made.SelectMany(m => m.Filters).ToArray();

        foreach (var filter in filters)
            foreach (var view in new[] { "", "view=open&" })
                await Check($"{view}{filter}", made.Where(m => m.Filters.Contains(filter)));
        await Check("view=open&unread=false", made.Where(m => !m.Filters.Contains("unread=true")));
        await Check("failed=false&view=open", made.Where(m => !m.Filters.Contains("failed=true")));
        await Check($"tag=vip&agent_id={organization.OtherAgent.Id}", []);
        await Check($"view=mine&tag=vip", []);
        await Check($"contact_id={Guid.NewGuid()}", []);

        async Task Make(string[] names, Func<TestConversation, Task>? change = null, TestContact? contact = null)
        {
            var conversation = await Given.Conversation(organization, contact);
            if (change is not null) await change(conversation);
            made.Add((conversation, names));
        }

        async Task Check(string query, IEnumerable<(TestConversation Conversation, string[])> expected)
        {
            var ids = expected.Select(m => m.Conversation.Id).Order().ToArray();
            var list = (await organization.Agent.Http.Get($"{Path}?{query}")).Expect(HttpStatusCode.OK);
            Assert.Equal(ids, list.Body.EnumerateArray().Select(Id).Order());
            Assert.Equal(ids.Length.ToString(), list.Header("X-Total-Count"));
            var changes = (await organization.Agent.Http.Get($"{Path}?{query}&changed_after=0")).Expect(HttpStatusCode.OK).Body.EnumerateArray().ToArray();
            Assert.Equal(ids, changes.Where(c => !IsRemoved(c)).Select(Id).Order());
            // A view says as well what changed and does not belong to it.
            Assert.Equal(query.Contains("view=", StringComparison.Ordinal) ? made.Count : ids.Length, changes.Length);
        }
    }

    [Fact]
    public async Task Unread_is_the_callers_own()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        (await organization.Agent.Http.Post($"{conversation.Path}/read")).Expect(HttpStatusCode.OK);

        Assert.Equal("0", (await organization.Agent.Http.Get($"{Path}?unread=true")).Header("X-Total-Count"));
        Assert.Equal("1", (await organization.OtherAgent.Http.Get($"{Path}?unread=true&q=bom")).Header("X-Total-Count"));
    }

    [Fact]
    public async Task Departments_are_said_not_to_be_there()
    {
        var organization = await Given.Organization(fixture.Node);

        var answer = await organization.Agent.Http.Get($"{Path}?department_id={Guid.NewGuid()}");

        Assert.Contains("no departments", answer.ExpectInvalid("department_id").Body.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("agent_id=me", "agent_id")]
    [InlineData("contact_id=1", "contact_id")]
    [InlineData("whatsapp_number_id=5511", "whatsapp_number_id")]
    [InlineData("unread=perhaps", "unread")]
    [InlineData("failed=2", "failed")]
    [InlineData("tag=a%00", "tag")]
    public async Task A_wrong_filter_is_named(string query, string field)
    {
        var organization = await Given.Organization(fixture.Node);

        (await organization.Agent.Http.Get($"{Path}?{query}")).ExpectInvalid(field);
    }

    [Fact]
    public async Task Tags_are_trimmed_and_the_same_in_any_case()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var tags = new[] { " VIP ", "vip", "\tÁgua", "água ", "ÁGUA", "Ёлка", "ёлка" };

        var changed = (await organization.Agent.Http.Put(conversation.Path, new { tags })).Expect(HttpStatusCode.OK).As<Conversation>();
        var contact = (await organization.Agent.Http.Put($"/api/v1/contacts/{conversation.Contact.Id}", new { tags })).Expect(HttpStatusCode.OK).As<Contact>();

        Assert.Equal(["VIP", "Água", "Ёлка"], changed.Tags);
        Assert.Equal(changed.Tags, contact.Tags);
        (await organization.Agent.Http.Put(conversation.Path, new { tags = new[] { "  " } })).ExpectInvalid("tags");
        (await organization.Agent.Http.Put(conversation.Path, new { tags = new[] { new string('x', 50) + " " } })).Expect(HttpStatusCode.OK);
    }

    private Task<int> Set(TestConversation conversation, string assignment, object parameters)
        => fixture.Database.ExecuteAsync($"update conversations set {assignment} where id = @Id", parameters);

    private static Guid Id(JsonElement row) => row.GetProperty("id").GetGuid();

    private static bool IsRemoved(JsonElement row) => row.TryGetProperty("removed", out _);
}
