using System.Net;
using System.Text.Json;

namespace PyTake.Conversations;

/// <summary>Who has a conversation, where several want it.</summary>
public sealed class AssignmentTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Pull = "/api/v1/queue/pull";

    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Of_two_who_take_a_conversation_at_once_one_learns_who_has_it()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        var answers = await Task.WhenAll(new[] { organization.Agent, organization.OtherAgent }.Select(agent => Assign(agent, agent.Id, expected: null)));

        var taken = Assert.Single(answers, a => a.Status == HttpStatusCode.OK).As<Conversation>().AssignedAgentId!.Value;
        var refused = Assert.Single(answers, a => a.Status != HttpStatusCode.OK).ExpectError(HttpStatusCode.Conflict, "somebody else");
        Assert.Equal(taken, refused.Body.GetProperty("current_agent_id").GetGuid());
        Assert.Equal(taken, refused.Body.GetProperty("error").GetProperty("current_agent_id").GetGuid());

        // Who repeats a request whose answer was lost has it.
        Assert.All(await Task.WhenAll(Assign(organization.Admin, taken, null), Assign(organization.Admin, taken, organization.Admin.Id)),
            a => Assert.Equal(taken, a.Expect(HttpStatusCode.OK).As<Conversation>().AssignedAgentId));
        // Whoever knows, or says nothing, may take it away.
        (await Assign(organization.Admin, organization.Admin.Id, taken)).Expect(HttpStatusCode.OK);
        (await organization.Agent.Http.Post($"{conversation.Path}/assign", new { agent_id = organization.Agent.Id })).Expect(HttpStatusCode.OK);

        Task<Answer> Assign(TestUser who, Guid? agent, Guid? expected)
            => who.Http.Post($"{conversation.Path}/assign", JsonSerializer.Serialize(new { agent_id = agent, expected_agent_id = expected }));
    }

    [Fact]
    public async Task What_was_given_back_meanwhile_is_nobodys_in_the_answer()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        var refused = await organization.Agent.Http.Post(
            $"{conversation.Path}/assign", new { agent_id = organization.Agent.Id, expected_agent_id = organization.OtherAgent.Id });

        Assert.Equal(JsonValueKind.Null, refused.ExpectError(HttpStatusCode.Conflict).Body.GetProperty("current_agent_id").ValueKind);
        (await organization.Agent.Http.Post($"{conversation.Path}/assign", new { agent_id = organization.Agent.Id, expected_agent_id = "x" })).ExpectInvalid("expected_agent_id");
    }

    [Fact]
    public async Task The_queue_gives_who_has_waited_longest_for_an_answer()
    {
        var organization = await Given.Organization(fixture.Node);
        var answered = await Said(organization, ("in", 0), ("out", 1));
        var nothing = await Given.Conversation(organization);
        var last = await Said(organization, ("in", 8));
        var again = await Said(organization, ("in", 1), ("out", 2), ("in", 6), ("in", 9));
        var longest = await Said(organization, ("in", 3), ("in", 7));
        // Created first, and waiting since last.
        var restored = await Said(organization, ("out", 9), ("in", 2), ("in", 10));

        foreach (var expected in new[] { longest, again, last, restored })
            Assert.Equal(expected.Id, (await organization.Agent.Http.Post(Pull)).Expect(HttpStatusCode.OK).As<Conversation>().Id);
        (await organization.Agent.Http.Post(Pull)).ExpectError(HttpStatusCode.NotFound);
        Assert.NotEqual(answered.Id, nothing.Id);
    }

    [Theory]
    [InlineData("in 1", 1)]
    [InlineData("in 1, in 2", 1)]
    [InlineData("in 2, in 1", 1)]
    [InlineData("in 1, out 2", null)]
    [InlineData("in 1, out 2, in 3, in 4", 3)]
    [InlineData("out 1", null)]
    [InlineData("out 3, in 1", null)]
    [InlineData("in 1, in 5, out 3", 5)]
    [InlineData("in 3, out 1", 3)]
    [InlineData("in 1, out 1", null)]
    [InlineData("out 2, in 3, in 1", 3)]
    [InlineData("in 1, note 2", 1)]
    public async Task Waits_since_the_first_message_that_nobody_has_answered(string said, int? since)
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Said(organization, [.. said.Split(", ").Select(s => s.Split(' ')).Select(s => (s[0], int.Parse(s[1])))]);

        var shown = (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>();

        Assert.Equal(since is { } minute ? Noon.AddMinutes(minute) : null, shown.WaitingSince);
        Assert.Equal(since is not null, ConversationView.Waiting.Contains(shown, organization.Agent.Id));
    }

    [Fact]
    public async Task Failed_messages_are_counted_until_they_are_sent_again()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var message = (await organization.Agent.Http.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "oi" } }))
            .Expect(HttpStatusCode.Created).As<Message>();

        Assert.Equal(0, await Failed());
        await Given.Changed(conversation, message.Id, ChangeKind.Status, m => m with { Status = "failed" });
        await Given.Changed(conversation, message.Id, ChangeKind.Updated, m => m with { ErrorMessage = "still" });
        Assert.Equal(1, await Failed());
        await fixture.Database.ExecuteAsync("delete from outbox where message_id = @Id", new { message.Id });
        (await organization.Agent.Http.Post($"{conversation.Path}/messages/{message.Id}/retry")).Expect(HttpStatusCode.OK);
        Assert.Equal(0, await Failed());

        async Task<int> Failed() => (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>().FailedCount;
    }

    private static async Task<TestConversation> Said(TestOrganization organization, params (string Who, int Minute)[] messages)
    {
        var conversation = await Given.Conversation(organization);
        foreach (var (who, minute) in messages)
        {
            var at = Noon.AddMinutes(minute);
            if (who == "in") await Given.InboundMessage(conversation, "Oi", at);
            else await Given.Message(conversation, new()
            {
                Id = Guid.CreateVersion7(),
                ConversationId = conversation.Id,
                Direction = Direction.Outbound,
                SenderType = SenderType.Agent,
                MessageType = who == "note" ? MessageType.Note : MessageType.Text,
                Content = new("""{"text":"Pois não"}"""),
                Status = MessageStatus.Sent,
                CreatedAt = at,
                OccurredAt = at,
            });
        }
        return conversation;
    }
}
