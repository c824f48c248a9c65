using System.Net;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Control;

/// <summary>Agents take conversations from whoever answers them, and give them back.</summary>
public sealed class ThreadControlTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    [Fact]
    public async Task An_agent_takes_a_conversation_writes_and_gives_it_back()
    {
        var (organization, conversation) = await Held();
        await using var other = await SignalRClient.ConnectAsync(fixture.Sending.Node, organization.OtherAgent.Token);
        await other.Join(conversation.Id);

        var taken = (await organization.Agent.Http.Post($"{conversation.Path}/control/take")).Expect(HttpStatusCode.OK).Body;
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "Eu ajudo" } }))
            .Expect(HttpStatusCode.Created);
        var released = (await organization.Agent.Http.Post($"{conversation.Path}/control/release")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal([("self", "open"), ("nobody", "pending")], new[] { taken, released }.Select(c => (c.Text("controlled_by"), c.Text("status"))));
        Assert.Equal([("take", conversation.Contact.WhatsappId), ("release", conversation.Contact.WhatsappId)],
            fixture.Sending.Graph.RequestsOf(organization).Where(r => r.Text("action") is not null).Select(r => (r.Text("action"), r.To)));
        var line = await other.Next("message:new", m => m.Text("message_type") == "handover");
        Assert.Equal((organization.Agent.Id, "taken", "ai_agent"),
            (line.GetProperty("sender_user_id").GetGuid(), line.GetProperty("content").Text("action"), line.GetProperty("content").Text("from")));
        (await organization.Agent.Http.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "E mais" } }))
            .Expect(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Taking_what_one_has_asks_nobody()
    {
        var (organization, conversation) = await Held();
        for (var i = 0; i < 2; i++) (await organization.Agent.Http.Post($"{conversation.Path}/control/take")).Expect(HttpStatusCode.OK);

        Assert.Single(fixture.Sending.Graph.RequestsOf(organization));
    }

    [Theory]
    [InlineData(2494191, "escalation partner")]
    [InlineData(100, "did not hand the conversation over: (#100) Invalid parameter")]
    public async Task What_WhatsApp_refuses_changes_nothing_and_is_said(int code, string words)
    {
        var (organization, conversation) = await Held();
        fixture.Sending.Graph.Answer(organization, _ => FakeGraph.Refuse(400, code, "Invalid parameter"));

        var refused = (await organization.Agent.Http.Post($"{conversation.Path}/control/take")).Expect(HttpStatusCode.Conflict).Body;

        Assert.Contains(words, refused.Text("detail"));
        Assert.Equal("ai_agent", (await organization.Agent.Http.Get(conversation.Path)).Body.Text("controlled_by"));
    }

    [Fact]
    public async Task Only_those_who_may_write_in_the_organization_may_take()
    {
        var (organization, conversation) = await Held();
        var stranger = await fixture.Sending.OrganizationAsync();

        (await stranger.Agent.Http.Post($"{conversation.Path}/control/take")).Expect(HttpStatusCode.NotFound);
        (await organization.Viewer.Http.Post($"{conversation.Path}/control/take")).Expect(HttpStatusCode.Forbidden);
        Assert.Empty(fixture.Sending.Graph.RequestsOf(organization));
    }

    private async Task<(TestOrganization, TestConversation)> Held()
    {
        var conversation = await fixture.Sending.OpenConversationAsync();
        await fixture.Sending.Database.ExecuteAsync(
            "update conversations set controlled_by = 'ai_agent', controlled_since = now() - interval '1 minute', status = 'pending' where id = @Id", new { conversation.Id });
        return (conversation.Organization, conversation);
    }
}
