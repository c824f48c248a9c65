using System.Net;
using PyTake.Realtime;

namespace PyTake.Conversations;

public sealed class UnreadTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task What_is_marked_as_unread_is_unread_again_for_that_user_on_every_device()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization, "um");
        var second = await Given.InboundMessage(conversation, "dois");
        await Given.InboundMessage(conversation, "três");
        foreach (var agent in new[] { organization.Agent, organization.OtherAgent }) (await agent.Http.Post($"{conversation.Path}/read")).Expect(HttpStatusCode.OK);
        await using var device = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await device.Watch();

        Assert.Equal(1, await Unread(null));
        await device.Next("conversation:unread_update", u => u.GetProperty("unread_count").GetInt32() == 1);
        Assert.Equal(2, await Unread(new { from_seq = second.Seq }));
        await device.Next("conversation:unread_update", u => u.GetProperty("unread_count").GetInt32() == 2);
        Assert.Equal(2, await Unread(new { }));
        Assert.Equal(3, await Unread(new { from_seq = 0 }));

        Assert.Equal(0, (await organization.OtherAgent.Http.Get(conversation.Path)).As<Conversation>().UnreadCount);
        Assert.Equal(0, (await organization.Agent.Http.Post($"{conversation.Path}/read")).As<Conversation>().UnreadCount);

        async Task<int?> Unread(object? body) => (await organization.Agent.Http.Post($"{conversation.Path}/unread", body)).Expect(HttpStatusCode.OK).As<Conversation>().UnreadCount;
    }

    [Fact]
    public async Task Nothing_becomes_unread_that_was_not_written_or_not_read()
    {
        var organization = await Given.Organization(cluster.One);
        var (silent, unread) = (await Given.Conversation(organization), await Given.OpenConversation(organization));
        await Given.InboundMessage(unread, "dois");

        Assert.Equal(0, (await organization.Agent.Http.Post($"{silent.Path}/unread")).Expect(HttpStatusCode.OK).As<Conversation>().UnreadCount);
        Assert.Equal(2, (await organization.Agent.Http.Post($"{unread.Path}/unread")).Expect(HttpStatusCode.OK).As<Conversation>().UnreadCount);
        (await organization.Agent.Http.Post($"{unread.Path}/unread", new { from_seq = -1 })).ExpectInvalid("from_seq");
        (await organization.Viewer.Http.Post($"{unread.Path}/unread")).ExpectError(HttpStatusCode.Forbidden);
        (await (await Given.Organization(cluster.One)).Agent.Http.Post($"{unread.Path}/unread")).ExpectError(HttpStatusCode.NotFound);
    }
}
