using System.Diagnostics;

namespace PyTake.Realtime;

public sealed class TypingTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task Typing_is_seen_by_the_others_in_the_room_once_and_not_by_the_typist()
    {
        var (conversation, typist, colleague) = await Two();
        await using var _ = typist;
        await using var __ = colleague;

        for (var i = 0; i < 5; i++) await typist.Call("typing_start", new { conversation_id = conversation.Id });
        var seen = await colleague.Next("user_typing");
        await typist.Call("typing_stop", new { conversation_id = conversation.Id });

        Assert.Equal(conversation.Organization.Agent.Id, seen.GetProperty("user_id").GetGuid());
        Assert.Equal(conversation.Id, seen.GetProperty("conversation_id").GetGuid());
        Assert.StartsWith("agent", seen.GetProperty("user_name").GetString());
        Assert.True(seen.GetProperty("typing").GetBoolean());
        Assert.False((await colleague.Next("user_typing")).GetProperty("typing").GetBoolean());
        Assert.Equal(2, colleague.All("user_typing").Count);
        Assert.Empty(typist.All("user_typing"));
    }

    [Fact]
    public async Task Starts_beyond_the_limit_are_ignored()
    {
        var (conversation, typist, colleague) = await Two();
        await using var _ = typist;
        await using var __ = colleague;

        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 40; i++)
            foreach (var method in (string[])["typing_start", "typing_stop"])
                await typist.Call(method, new { conversation_id = conversation.Id });
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Wait.Until(() => Beginnings() >= Typing.BeginningsBurst);

        Assert.InRange(Beginnings(), Typing.BeginningsBurst, Typing.BeginningsBurst + 1 + seconds * Typing.BeginningsPerSecond);

        int Beginnings() => colleague.All("user_typing").Count(t => t.GetProperty("typing").GetBoolean());
    }

    [Fact]
    public async Task Silence_ends_typing()
    {
        await using var one = cluster.Start(("Realtime:TypingTimeout", "00:00:00.4"));
        var organization = await Given.Organization(one);
        var conversation = await Given.Conversation(organization);
        await using var typist = await SignalRClient.ConnectAsync(one, organization.Agent.Token);
        await using var colleague = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await typist.Join(conversation.Id);
        await colleague.Join(conversation.Id);

        await typist.Call("typing_start", new { conversation_id = conversation.Id });

        Assert.True((await colleague.Next("user_typing")).GetProperty("typing").GetBoolean());
        Assert.False((await colleague.Next("user_typing", deadline: TimeSpan.FromSeconds(2))).GetProperty("typing").GetBoolean());
    }

    [Fact]
    public async Task Disconnecting_and_leaving_end_typing()
    {
        var (conversation, typist, colleague) = await Two();
        await using var _ = colleague;

        await typist.Call("typing_start", new { conversation_id = conversation.Id });
        await colleague.Next("user_typing", t => t.GetProperty("typing").GetBoolean());
        await typist.Call("leave_conversation", new { conversation_id = conversation.Id });
        await colleague.Next("user_typing", t => !t.GetProperty("typing").GetBoolean(), TimeSpan.FromSeconds(2));
        await typist.Join(conversation.Id);
        await typist.Call("typing_start", new { conversation_id = conversation.Id });
        await colleague.Next("user_typing", t => t.GetProperty("typing").GetBoolean());
        typist.Drop();

        await colleague.Next("user_typing", t => !t.GetProperty("typing").GetBoolean(), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_killed_nodes_users_stop_typing()
    {
        await using var two = cluster.Start(("Realtime:TypingTimeout", "00:00:00.4"));
        var organization = await Given.Organization(two);
        var conversation = await Given.Conversation(organization);
        await using var colleague = await SignalRClient.ConnectAsync(two, organization.OtherAgent.Token);
        await colleague.Join(conversation.Id);

        // The last message from the other node.
        cluster.One.Get<Nodes.NodeBus>().Publish("typing", $$"""
            {"conversation_id":"{{conversation.Id}}","connection_id":"gone","user_id":"{{organization.Agent.Id}}","user_name":"Rita","typing":true}
            """);

        Assert.True((await colleague.Next("user_typing")).GetProperty("typing").GetBoolean());
        Assert.False((await colleague.Next("user_typing")).GetProperty("typing").GetBoolean());
    }

    [Fact]
    public async Task Typing_requires_having_joined_and_the_right_to_write()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var outside = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var viewer = await SignalRClient.ConnectAsync(cluster.One, organization.Viewer.Token);
        await viewer.Join(conversation.Id);

        var notIn = await Assert.ThrowsAsync<HubCallFailed>(() => outside.Call("typing_start", new { conversation_id = conversation.Id }));
        var notAllowed = await Assert.ThrowsAsync<HubCallFailed>(() => viewer.Call("typing_start", new { conversation_id = conversation.Id }));

        Assert.EndsWith("Join the conversation first", notIn.Message);
        Assert.EndsWith("Viewers may not write", notAllowed.Message);
    }

    private async Task<(TestConversation, SignalRClient Typist, SignalRClient Colleague)> Two()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var typist = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        var colleague = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await typist.Join(conversation.Id);
        await colleague.Join(conversation.Id);
        return (conversation, typist, colleague);
    }
}
