using PyTake.SocketIo;
using PyTake.SocketIo.Engine;

namespace PyTake.Realtime;

/// <summary>
/// The memory a node uses for clients that read nothing is bounded. For each client: its backlog's limit and one event that exceeds it,
/// plus what the pipe or Engine.IO session in front of its socket accepts before writers must wait, 64 KB and one event.
/// </summary>
public sealed class SlowClientTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const int OfEachKind = 3, Limit = 256 * 1024, Room = 64 * 1024;

    [Fact]
    public async Task Clients_that_read_nothing_occupy_no_more_than_the_bound_over_either_transport()
    {
        await using var node = TestNode.Start(fixture.Database, ("Backplane:BacklogBytes", Limit.ToString()));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var quick = await SignalRClient.ConnectAsync(node, organization.OtherAgent.Token);
        await quick.Join(conversation.Id);
        var slow = new List<IAsyncDisposable>();
        for (var n = 0; n < OfEachKind; n++)
        {
            slow.Add(await SignalR(node, conversation));
            slow.Add(await WebSocket(node, conversation));
            slow.Add(await Polling(node, conversation));
        }
        var (sockets, local, sessions) = (node.Get<ChatSockets>(), node.Get<LocalFanOut>(), node.Get<EngineSessions>());
        Assert.Equal(1 + slow.Count, sockets.Count);

        var text = new string('x', 60_000);
        var (written, most, mostInSessions, largest) = (0, 0L, 0L, 0);
        for (; sockets.Count > 1; written++)
        {
            Assert.True(written < 2000, "The slow clients were never closed");
            await Given.InboundMessage(conversation, text);
            largest = Math.Max(largest, (await quick.Next("message:new")).GetRawText().Length + 100);
            (most, mostInSessions) = (Math.Max(most, local.WaitingBytes), Math.Max(mostInSessions, sessions.WaitingBytes));
        }

        Assert.InRange(most, Limit, slow.Count * (Limit + largest));
        Assert.InRange(mostInSessions, Room, 2 * OfEachKind * (Room + largest));
        Assert.Equal(Enumerable.Range(1, written), quick.All("message:new").Select(m => m.GetProperty("seq").GetInt32()));
        await Wait.Until(() => local.WaitingBytes == 0 && sessions.WaitingBytes == 0);
        foreach (var client in slow) await client.DisposeAsync();
    }

    private static async Task<IAsyncDisposable> SignalR(TestNode node, TestConversation conversation)
    {
        var client = await SignalRClient.ConnectAsync(node, conversation.Organization.Agent.Token, receiveBuffer: 4096);
        await client.Join(conversation.Id);
        client.StopReading();
        return client;
    }

    private static async Task<IAsyncDisposable> WebSocket(TestNode node, TestConversation conversation)
    {
        var client = await RawSocket.OpenAsync(node.Url);
        await client.Send(Connect(conversation));
        await client.Send(Join(conversation));
        while (!(await client.Text()).StartsWith("431", StringComparison.Ordinal))
        {
        }
        return client;
    }

    private static async Task<IAsyncDisposable> Polling(TestNode node, TestConversation conversation)
    {
        var client = new Poller(node.Url, "/socket.io/");
        await client.Open();
        await client.Post($"{Connect(conversation)}\u001e{Join(conversation)}");
        await client.PollUntil(packet => packet.StartsWith("431", StringComparison.Ordinal));
        return new Closing(client);
    }

    private static string Connect(TestConversation conversation) => $$"""40{"token":"{{conversation.Organization.Agent.Token}}"}""";

    private static string Join(TestConversation conversation) => $$"""421["join_conversation",{"conversation_id":"{{conversation.Id}}"}]""";

    private sealed class Closing(IDisposable client) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            client.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
