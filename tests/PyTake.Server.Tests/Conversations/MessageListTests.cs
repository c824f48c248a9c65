using System.Net;

namespace PyTake.Conversations;

public sealed class MessageListTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Shows_the_newest_page_in_reading_order()
    {
        var (user, conversation, messages) = await Some(5);

        var answer = (await user.Http.Get($"{conversation.Path}/messages?limit=3")).Expect(HttpStatusCode.OK);

        Assert.Equal(messages[2..], Ids(answer));
        Assert.Equal("5", answer.Header("X-Total-Count"));
        Assert.Equal("5", answer.Header("X-Last-Seq"));
    }

    [Fact]
    public async Task A_late_message_is_shown_at_the_time_it_was_written()
    {
        var (user, conversation, messages) = await Some(2);
        var late = await Given.InboundMessage(conversation, "Cheguei tarde", Noon.AddSeconds(0.5));

        Assert.Equal([messages[0], late.Id, messages[1]], Ids(await user.Http.Get($"{conversation.Path}/messages")));
    }

    [Fact]
    public async Task Pages_back_over_every_message_once_while_others_come_and_change()
    {
        var (user, conversation, messages) = await Some(10);

        var page = (await user.Http.Get($"{conversation.Path}/messages?limit=3")).As<Message[]>();
        var seen = page.ToList();
        while (page.Length == 3)
        {
            await Given.InboundMessage(conversation, "mais um", Noon.AddHours(1));
            await Given.Changed(conversation, messages[0], ChangeKind.Updated, m => m);
            page = (await user.Http.Get($"{conversation.Path}/messages?limit=3&before={page[0].Seq}")).As<Message[]>();
            seen.InsertRange(0, page);
        }

        Assert.Equal(messages, seen.Select(m => m.Id));
    }

    [Fact]
    public async Task A_page_continues_before_a_message_that_has_changed_since()
    {
        var (user, conversation, messages) = await Some(4);
        await Given.Changed(conversation, messages[2], ChangeKind.Updated, m => m);

        Assert.Equal(messages[..2], Ids(await user.Http.Get($"{conversation.Path}/messages?before=3")));
        Assert.Equal(messages[..2], Ids(await user.Http.Get($"{conversation.Path}/messages?before=5")));
        // A seq that no message has any more, neither as its seq nor as its created_seq.
        await Given.Changed(conversation, messages[2], ChangeKind.Updated, m => m);
        Assert.Equal(messages, Ids(await user.Http.Get($"{conversation.Path}/messages?before=5")));
    }

    [Fact]
    public async Task Skip_counts_from_the_oldest_as_it_always_did()
    {
        var (user, conversation, messages) = await Some(5);

        Assert.Equal(messages[..2], Ids(await user.Http.Get($"{conversation.Path}/messages?skip=0&limit=2")));
        Assert.Equal(messages[3..], Ids(await user.Http.Get($"{conversation.Path}/messages?skip=3&limit=2")));
    }

    [Fact]
    public async Task Changes_come_by_seq_each_message_once_in_its_latest_state()
    {
        var (user, conversation, messages) = await Some(3);
        await Given.Changed(conversation, messages[0], ChangeKind.Updated, m => m with { Reactions = new("""[{"emoji":"👍"}]""") });
        await Given.Changed(conversation, messages[0], ChangeKind.Updated, m => m with { Reactions = new("""[{"emoji":"❤️"}]""") });

        var answer = await user.Http.Get($"{conversation.Path}/messages?changed_after=1");

        Assert.Equal([messages[1], messages[2], messages[0]], Ids(answer));
        Assert.Equal("❤️", answer.Body[2].GetProperty("reactions")[0].GetProperty("emoji").GetString());
        Assert.Equal("5", answer.Header("X-Last-Seq"));
        Assert.Equal([messages[1]], Ids(await user.Http.Get($"{conversation.Path}/messages?changed_after=1&limit=1")));
        Assert.Empty(Ids(await user.Http.Get($"{conversation.Path}/messages?changed_after=5")));
    }

    [Fact]
    public async Task An_empty_conversation_is_not_a_missing_one()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization);

        var answer = (await organization.Viewer.Http.Get($"{conversation.Path}/messages/")).Expect(HttpStatusCode.OK);

        Assert.Equal("[]", answer.Text);
        Assert.Equal("0", answer.Header("X-Last-Seq"));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("before=x", "before")]
    [InlineData("skip=-1", "skip")]
    [InlineData("changed_after=1&before=1", "before")]
    public async Task A_wrong_query_is_named(string query, string field)
    {
        var (user, conversation, _) = await Some(1);

        (await user.Http.Get($"{conversation.Path}/messages?{query}")).ExpectInvalid(field);
    }

    private async Task<(TestUser User, TestConversation Conversation, Guid[] Messages)> Some(int count)
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization);
        var messages = new Guid[count];
        for (var i = 0; i < count; i++) messages[i] = (await Given.InboundMessage(conversation, $"{i}", Noon.AddSeconds(i))).Id;
        return (organization.Viewer, conversation, messages);
    }

    private static Guid[] Ids(Answer answer) => [.. answer.Expect(HttpStatusCode.OK).As<Message[]>().Select(m => m.Id)];
}
