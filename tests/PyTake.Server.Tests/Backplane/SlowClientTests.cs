using System.Diagnostics;
using PyTake.Realtime;

namespace PyTake.Backplane;

public sealed class SlowClientTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task Who_stops_reading_is_closed_and_nobody_else_notices()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var slow = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token, receiveBuffer: 4096);
        await using var quick = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await slow.Join(conversation.Id);
        await quick.Join(conversation.Id);
        var sockets = cluster.Two.Get<ChatSockets>();
        slow.StopReading();

        var text = new string('x', 60_000);
        var worst = TimeSpan.Zero;
        var written = 0;
        while (sockets.OfUser(organization.Agent.Id).Count > 0)
        {
            var sent = Stopwatch.StartNew();
            written = (int)(await Given.InboundMessage(conversation, text)).Seq;
            await quick.Next("message:new");
            worst = sent.Elapsed > worst ? sent.Elapsed : worst;
            Assert.True(written < 2000, "The slow client was never closed");
        }

        Assert.InRange(worst, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(1, written).Select(i => (long)i), quick.All("message:new").Select(m => m.Seq()));
        // It comes back and catches up.
        await using var back = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await back.Join(conversation.Id, afterSeq: 0);
        Assert.Equal(written, back.All("message:new").Count);
        slow.GoOnReading();
        await slow.Closed();
    }
}
