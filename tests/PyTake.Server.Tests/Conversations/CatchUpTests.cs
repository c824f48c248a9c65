using System.Net;
using System.Text.Json;

namespace PyTake.Conversations;

/// <summary>The state that a client builds from changes equals the database, whatever is written in between.</summary>
public sealed class CatchUpTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const int Writers = 8;
    private const int Rounds = 12;

    [Fact]
    public async Task Messages_built_from_changes_are_complete()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var view = new Dictionary<Guid, Message>();
        var position = 0L;

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(conversation, writer))));
        while (!writing.IsCompleted) await CatchUpAsync();
        await writing;
        await CatchUpAsync();

        var all = await fixture.Database.QueryAsync<(Guid Id, long Seq, string Content, string Status)>(
            "select id, seq, content::text, status from messages where conversation_id = @Id", new { conversation.Id });
        Assert.Equal(1 + Writers * Rounds, all.Count);
        Assert.Equal(all.OrderBy(m => m.Seq), view.Values.Select(m => (m.Id, m.Seq, m.Content.Text, m.Status)).OrderBy(m => m.Seq));
        Assert.Equal(1 + 2 * Writers * Rounds, position);

        async Task CatchUpAsync()
        {
            while (true)
            {
                var answer = (await organization.Agent.Http.Get($"{conversation.Path}/messages?changed_after={position}&limit=7")).Expect(HttpStatusCode.OK);
                var page = answer.As<Message[]>();
                foreach (var message in page)
                {
                    Assert.True(message.Seq > position, "ascending");
                    (view[message.Id], position) = (message, message.Seq);
                }
                if (page.Length == 7) continue;
                // The header is from the page's snapshot: a client that has the page has everything up to it.
                Assert.Equal(position, long.Parse(answer.Header("X-Last-Seq")));
                return;
            }
        }
    }

    [Fact]
    public async Task Conversations_built_from_changes_are_complete()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversations = new List<TestConversation>();
        for (var i = 0; i < 4; i++) conversations.Add(await Given.OpenConversation(organization));
        var first = (await organization.Agent.Http.Get($"{ConversationEndpoints.Path}?limit=2")).Expect(HttpStatusCode.OK);
        var rest = (await organization.Agent.Http.Get($"{ConversationEndpoints.Path}?limit=2&before={first.Header("X-Next-Cursor")}")).Expect(HttpStatusCode.OK);
        var view = first.As<Conversation[]>().Concat(rest.As<Conversation[]>()).ToDictionary(c => c.Id);
        var position = long.Parse(first.Header("X-Inbox-Seq"));

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(conversations[writer % 4], writer))));
        while (!writing.IsCompleted) await CatchUpAsync();
        await writing;
        await CatchUpAsync();

        var all = await fixture.Database.QueryAsync<(Guid Id, long InboxSeq, long LastSeq, int Total)>(
            "select id, inbox_seq, last_seq, total_messages from conversations where organization_id = @Id", new { organization.Id });
        Assert.Equal(all.OrderBy(c => c.Id), view.Values.Select(c => (c.Id, c.InboxSeq, c.LastSeq, c.TotalMessages)).OrderBy(c => c.Id));

        async Task CatchUpAsync()
        {
            var answer = (await organization.Agent.Http.Get($"{ConversationEndpoints.Path}?changed_after={position}")).Expect(HttpStatusCode.OK);
            foreach (var conversation in answer.As<Conversation[]>()) view[conversation.Id] = conversation;
            position = long.Parse(answer.Header("X-Inbox-Seq"));
        }
    }

    // Each round makes two changes in the stream: a message, and a change of it.
    private static async Task WriteAsync(TestConversation conversation, int writer)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var text = $"{writer}.{round}";
            var id = writer % 2 == 0
                ? (await Given.InboundMessage(conversation, text)).Id
                : (await conversation.Organization.Agent.Http.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text } }))
                    .Expect(HttpStatusCode.Created).As<Message>().Id;
            await Given.Changed(conversation, id, ChangeKind.Updated, m => m with { Content = new(JsonSerializer.Serialize(new { text = text + " (editada)" })) });
        }
    }
}
