namespace PyTake.Realtime;

/// <summary>Events held back while a browser receives what it missed are limited too.</summary>
public sealed class SlowJoinTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_joining_connection_that_reads_nothing_is_closed_once_too_much_is_held_back_for_it()
    {
        await using var node = TestNode.Start(fixture.Database, ("Backplane:BacklogMessages", "20"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        var text = new string('x', 60_000);
        for (var n = 0; n < 150; n++) await Given.InboundMessage(conversation, text);
        await using var slow = await SignalRClient.ConnectAsync(node, organization.Agent.Token, receiveBuffer: 4096);
        await using var quick = await SignalRClient.ConnectAsync(node, organization.OtherAgent.Token);
        await quick.Join(conversation.Id);

        slow.StopReading();
        await slow.Send("join_conversation", new { conversation_id = conversation.Id, after_seq = 0 });
        var sockets = node.Get<ChatSockets>();
        await Wait.Until(() => sockets.OfUser(organization.Agent.Id).Any(socket => socket.Rooms.ContainsKey(conversation.Id)));
        var more = 0;
        while (sockets.OfUser(organization.Agent.Id).Count > 0)
        {
            await Given.InboundMessage(conversation, "one more");
            await quick.Next("message:new");
            Assert.True(++more < 500, "The slow client was never closed");
        }

        // Changes of the list wait as well, and count towards the limit.
        Assert.InRange(more, 10, 499);
        slow.GoOnReading();
        await slow.Closed();
    }
}
