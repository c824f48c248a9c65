namespace PyTake.WhatsApp.Outbound;

public class TypingIndicatorTests
{
    [Fact]
    public async Task The_customer_sees_that_an_agent_on_any_node_is_writing_and_it_is_asked_for_once_in_a_while()
    {
        await using var sending = await Sending.StartAsync();
        var browsers = sending.AddNode(workers: false);
        var conversation = await sending.OpenConversationAsync();
        var newest = await Given.InboundMessage(conversation, "Are you there?");
        await Given.Message(conversation, newest with { Id = Guid.CreateVersion7(), MessageType = "call", WhatsappMessageId = $"wacid.{newest.Id}", OccurredAt = DateTime.UtcNow });
        await using var agent = await SignalRClient.ConnectAsync(browsers, conversation.Organization.Agent.Token);
        await using var colleague = await SignalRClient.ConnectAsync(sending.Node, conversation.Organization.OtherAgent.Token);
        await agent.Join(conversation.Id);
        await colleague.Join(conversation.Id);

        foreach (var client in new[] { agent, colleague, agent })
            await client.Call("typing_start", new { conversation_id = conversation.Id });
        var request = (await sending.Graph.WaitForAsync(conversation.Organization, 1))[0];
        // Takes the same route, so it arrives after any request that must not be made.
        await AskAsync(sending, conversation.Organization);

        Assert.Equal(("read", newest.WhatsappMessageId), (request.Text("status"), request.Text("message_id")));
        Assert.Equal("text", request.Body.GetProperty("typing_indicator").GetProperty("type").GetString());
        Assert.Single(sending.Graph.RequestsOf(conversation.Organization), r => r.Text("message_id") == newest.WhatsappMessageId);
    }

    [Fact]
    public async Task Nothing_is_shown_where_the_window_is_shut_or_a_setting_forbids_it()
    {
        await using var sending = await Sending.StartAsync();
        var organization = await sending.OrganizationAsync();
        var silent = await Given.Conversation(organization);
        await TypeAsync(sending, organization, silent);
        await AskAsync(sending, organization);
        Assert.Single(sending.Graph.RequestsOf(organization));

        await using var forbidden = await Sending.StartAsync(("TypingIndicator", "false"));
        var conversation = await forbidden.OpenConversationAsync();
        await TypeAsync(forbidden, conversation.Organization, conversation);
        await forbidden.SendAsync(conversation, "Hello");
        Assert.False((await forbidden.Graph.WaitForAsync(conversation.Organization, 1))[0].IsReceipt);
    }

    private static async Task AskAsync(Sending sending, TestOrganization organization)
    {
        var before = sending.Graph.RequestsOf(organization).Count;
        await TypeAsync(sending, organization, await sending.OpenConversationAsync(organization));
        await sending.Graph.WaitForAsync(organization, before + 1);
    }

    private static async Task TypeAsync(Sending sending, TestOrganization organization, TestConversation conversation)
    {
        await using var agent = await SignalRClient.ConnectAsync(sending.Node, organization.Agent.Token);
        await agent.Join(conversation.Id);
        await agent.Call("typing_start", new { conversation_id = conversation.Id });
    }
}
