using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// On Microsoft's backplane clients connect and receive everything without Redis, but until it is back no conversation can be opened. The
/// tests assert this limit, so that they fail once the backplane overcomes it.
/// </summary>
public sealed class MicrosoftRedisAwayTests() : RedisAwayContract(BackplaneOptions.Microsofts)
{
    [Fact]
    public async Task Microsofts_backplane_opens_no_conversation_while_Redis_is_unreachable_P3()
    {
        var organization = await Given.Organization(Two);
        var conversation = await Given.Conversation(organization);
        await Redis.KillAsync();
        await Noticed();
        await using var client = await SignalRClient.ConnectAsync(Two, organization.Agent.Token);

        var refused = await Assert.ThrowsAsync<HubCallFailed>(() => client.Join(conversation.Id));

        Assert.EndsWith("The service is temporarily unavailable, try again", refused.Message);
        await Redis.StartAgainAsync();
        await Wait.Until(() => Joins(client, conversation.Id));
        await Given.InboundMessage(conversation, "back");
        await client.Next("message:new", m => m.Text() == "back");
    }

    [Fact]
    public async Task A_node_on_Microsofts_backplane_starts_without_Redis_and_opens_conversations_once_it_is_there_P3()
    {
        await Redis.KillAsync();
        await using var node = Start(("Backplane:ProbeInterval", "00:00:00.2"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);

        await Redis.StartAgainAsync();
        await Wait.Until(() => Joins(client, conversation.Id), TimeSpan.FromSeconds(30));
        await Back();
        await Given.InboundMessage(conversation with { Organization = organization with { Node = One } }, "from another");
        await client.Next("message:new", m => m.Text() == "from another");
    }

    private static async Task<bool> Joins(SignalRClient client, Guid conversationId)
    {
        try
        {
            await client.Join(conversationId);
            return true;
        }
        catch (HubCallFailed)
        {
            return false;
        }
    }
}
