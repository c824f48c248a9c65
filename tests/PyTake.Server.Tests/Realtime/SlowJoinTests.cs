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
        for (var n = 0; n < 60; n++) await Given.InboundMessage(conversation, text);    // as much as a catch-up may have
        await using var slow = await SignalRClient.ConnectAsync(node, organization.Agent.Token, receiveBuffer: 4096);
        await using var quick = await SignalRClient.ConnectAsync(node, organization.OtherAgent.Token);
        await quick.Join(conversation.Id);

        slow.StopReading();
        await slow.Send("join_conversation", new { conversation_id = conversation.Id, after_seq = 0 });
        var sockets = node.Get<ChatSockets>();
        await Wait.Until(() => sockets.OfUser(organization.Agent.Id).Any(socket => socket.IsIn(conversation.Id)));
        var more = 0;
        while (sockets.OfUser(organization.Agent.Id).Count > 0)
        {
            await Given.InboundMessage(conversation, "one more");
            await quick.Next("message:new");
            Assert.True(++more < 500, "The slow client was never closed");
        }

        Assert.InRange(more, 10, 499);
        slow.GoOnReading();
        await slow.Closed();
    }

    [Fact]
    public async Task Changes_of_the_list_come_after_those_that_a_slow_browser_missed()
    {
        const int Missed = 60, Later = 5;
        var organization = await Given.Organization(fixture.Node);
        for (var n = 0; n < Missed; n++) await Given.Conversation(organization);
        await fixture.Database.ExecuteAsync(
            "update contacts set attributes = jsonb_build_object('notes', repeat('x', 60000)) where organization_id = @Id", new { organization.Id });
        var changing = await Given.Conversation(organization);
        await using var slow = await SignalRClient.ConnectAsync(fixture.Node, organization.Agent.Token, receiveBuffer: 4096);
        await using var quick = await SignalRClient.ConnectAsync(fixture.Node, organization.OtherAgent.Token);
        await quick.Watch();

        slow.StopReading();
        await slow.Send("watch_conversations", new { view = "open", limit = 500, after_inbox_seq = 0 });
        var sockets = fixture.Node.Get<ChatSockets>();
        await Wait.Until(() => sockets.OfUser(organization.Agent.Id).Any(socket => socket.Watch is not null));
        for (var n = 1; n <= Later; n++)
        {
            await Given.InboundMessage(changing, "one more");
            await quick.Next("conversation:updated");
        }
        slow.GoOnReading();

        await slow.Next("conversation:updated", c => c.GetProperty("inbox_seq").GetInt64() == Missed + 1 + Later);
        Assert.Equal(
            Enumerable.Range(1, Missed + 1 + Later).Select(seq => (seq - 1L, (long)seq)),
            slow.All("conversation:updated").Select(c => (c.GetProperty("prev_inbox_seq").GetInt64(), c.GetProperty("inbox_seq").GetInt64())));
    }
}
