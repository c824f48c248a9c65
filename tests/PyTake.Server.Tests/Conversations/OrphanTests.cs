using System.Net;
using PyTake.Realtime;

namespace PyTake.Conversations;

/// <summary>Nobody waits for an agent who is gone.</summary>
public sealed class OrphanTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Theory]
    [InlineData("""{"is_active":false}""")]
    [InlineData("""{"role":"viewer"}""")]
    [InlineData("""{"role":"viewer","is_active":false,"full_name":"Ida"}""")]
    public async Task Who_may_answer_no_more_gives_all_active_conversations_back_and_others_hear_of_it(string change)
    {
        var organization = await Given.Organization(cluster.One);
        var (open, pending, closed) = (await Given.OpenConversation(organization), await Given.OpenConversation(organization), await Given.OpenConversation(organization));
        var others = await Given.OpenConversation(organization);
        foreach (var theirs in new[] { open, pending, closed }) await Assign(theirs, organization.Agent);
        await Assign(others, organization.OtherAgent);
        (await organization.Agent.Http.Put(pending.Path, new { status = "pending" })).Expect(HttpStatusCode.OK);
        (await organization.Agent.Http.Post($"{closed.Path}/close")).Expect(HttpStatusCode.OK);
        await using var queue = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await queue.Watch("unassigned");

        (await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", change)).Expect(HttpStatusCode.OK);

        var heard = new[] { await queue.Next("conversation:updated"), await queue.Next("conversation:updated") };
        Assert.Equal(new[] { open.Id, pending.Id }.Order(), heard.Select(c => c.GetProperty("id").GetGuid()).Order());
        Assert.All(heard, c => Assert.Equal(System.Text.Json.JsonValueKind.Null, c.GetProperty("assigned_agent_id").ValueKind));
        Assert.Equal((null, null), (await AgentOf(open), await AgentOf(pending)));
        Assert.Equal((organization.Agent.Id, organization.OtherAgent.Id), (await AgentOf(closed), await AgentOf(others)));
    }

    [Theory]
    [InlineData("""{"full_name":"Ida"}""")]
    [InlineData("""{"role":"org_admin"}""")]
    public async Task Who_may_answer_still_keeps_them(string change)
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await Assign(conversation, organization.Agent);

        (await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", change)).Expect(HttpStatusCode.OK);

        Assert.Equal(organization.Agent.Id, await AgentOf(conversation));
    }

    [Theory]
    [InlineData("reopen")]
    [InlineData("put")]
    public async Task A_conversation_that_is_reopened_after_its_agent_left_is_nobodys(string how)
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await Assign(conversation, organization.Agent);
        (await organization.Agent.Http.Post($"{conversation.Path}/close")).Expect(HttpStatusCode.OK);
        (await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { is_active = false })).Expect(HttpStatusCode.OK);

        var reopened = how == "put"
            ? await organization.OtherAgent.Http.Put(conversation.Path, new { status = "pending" })
            : await organization.OtherAgent.Http.Post($"{conversation.Path}/reopen");

        Assert.Null(reopened.Expect(HttpStatusCode.OK).As<Conversation>().AssignedAgentId);
    }

    [Fact]
    public async Task An_agent_keeps_a_conversation_that_is_reopened()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await Assign(conversation, organization.Agent);
        (await organization.Agent.Http.Post($"{conversation.Path}/close")).Expect(HttpStatusCode.OK);

        var reopened = (await organization.OtherAgent.Http.Post($"{conversation.Path}/reopen")).Expect(HttpStatusCode.OK).As<Conversation>();

        Assert.Equal(organization.Agent.Id, reopened.AssignedAgentId);
    }

    [Theory]
    [InlineData("assign")]
    [InlineData("transfer")]
    [InlineData("put")]
    [InlineData("pull")]
    [InlineData("reopen")]
    public async Task Nothing_is_assigned_to_an_agent_at_the_moment_of_leaving(string how)
    {
        for (var round = 0; round < 10; round++)
        {
            var organization = await Given.Organization(cluster.One);
            var conversation = await Given.OpenConversation(organization);
            if (how == "reopen")
            {
                await Assign(conversation, organization.Agent);
                (await organization.Agent.Http.Post($"{conversation.Path}/close")).Expect(HttpStatusCode.OK);
            }
            using var elsewhere = cluster.Two.Client(organization.OtherAgent.Token);

            await Task.WhenAll(
                organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { is_active = false }),
                how switch
                {
                    "put" => elsewhere.Put(conversation.Path, new { assigned_agent_id = organization.Agent.Id }),
                    "pull" => organization.Agent.Http.Post("/api/v1/queue/pull"),
                    "reopen" => elsewhere.Post($"{conversation.Path}/reopen"),
                    _ => elsewhere.Post($"{conversation.Path}/{how}", new { agent_id = organization.Agent.Id }),
                });

            Assert.Null(await AgentOf(conversation));
        }
    }

    [Fact]
    public async Task Leaving_while_conversations_go_back_and_forth_ends_in_no_deadlock()
    {
        var organization = await Given.Organization(cluster.One);
        var conversations = new List<TestConversation>();
        for (var i = 0; i < 8; i++) conversations.Add(await Given.OpenConversation(organization));
        using var elsewhere = cluster.Two.Client(organization.OtherAgent.Token);

        for (var round = 0; round < 5; round++)
        {
            var moves = conversations.SelectMany(c => new[] { organization.Agent.Id, organization.OtherAgent.Id }
                .Select(agent => elsewhere.Post($"{c.Path}/assign", new { agent_id = agent })));
            var leaves = organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { role = "viewer" });
            var answers = await Task.WhenAll([.. moves, leaves]);

            Assert.All(answers, a => Assert.True(a.Status is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, a.Text));
            Assert.All(conversations, c => Assert.NotEqual(organization.Agent.Id, AgentOf(c).Result));
            (await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { role = "agent" })).Expect(HttpStatusCode.OK);
        }
    }

    private static async Task Assign(TestConversation conversation, TestUser agent)
        => (await agent.Http.Post($"{conversation.Path}/assign", new { agent_id = agent.Id })).Expect(HttpStatusCode.OK);

    private static async Task<Guid?> AgentOf(TestConversation conversation)
        => (await conversation.Organization.Viewer.Http.Get(conversation.Path)).Expect(HttpStatusCode.OK).As<Conversation>().AssignedAgentId;
}
