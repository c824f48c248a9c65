using System.Net;
using System.Text.Json;
using PyTake.WhatsApp;
using PyTake.WhatsApp.Outbound;

namespace PyTake.Conversations;

/// <summary>A message shows the same reaction as in WhatsApp, also if an agent's reaction could not be sent.</summary>
public sealed class AgentReactionTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    private const int Undeliverable = 131026;

    [Fact]
    public async Task A_reaction_that_Meta_refuses_is_removed_and_browsers_are_updated()
    {
        var (conversation, liked) = await Started();
        await using var browser = await SignalRClient.ConnectAsync(fixture.Sending.Node.Url, conversation.Organization.OtherAgent.Token);
        await browser.Join(conversation.Id);
        fixture.Sending.Graph.Answer(conversation.Organization, _ => FakeGraph.Refuse(400, Undeliverable));

        var reaction = await React(conversation, liked, "👍");

        await fixture.Sending.UntilAsync(reaction, MessageStatus.Failed);
        await browser.Next("message:updated", m => Shows(m) == "👍");
        await browser.Next("message:updated", m => Shows(m) is null);
        Assert.Null(await Shown(liked.Id));
    }

    [Theory]
    [InlineData("❤️")]
    [InlineData("")]
    public async Task The_previous_reaction_is_restored(string refused)
    {
        var (conversation, liked) = await Started();
        fixture.Sending.Graph.Answer(conversation.Organization, request => Emoji(request) == "👍" ? FakeGraph.Accept() : FakeGraph.Refuse(400, Undeliverable));
        await fixture.Sending.UntilAsync(await React(conversation, liked, "👍"), MessageStatus.Sent);

        await fixture.Sending.UntilAsync(await React(conversation, liked, refused), MessageStatus.Failed);

        Assert.Equal("👍", await Shown(liked.Id));
    }

    [Fact]
    public async Task A_newer_reaction_stays()
    {
        var (conversation, liked) = await Started();
        fixture.Sending.Graph.Answer(conversation.Organization, request => Emoji(request) == "👍" ? FakeGraph.Refuse(400, Undeliverable) : FakeGraph.Accept());

        var (first, second) = (await React(conversation, liked, "👍"), await React(conversation, liked, "❤️"));
        await fixture.Sending.UntilAsync(first, MessageStatus.Failed);
        await fixture.Sending.UntilAsync(second, MessageStatus.Sent);

        Assert.Equal("❤️", await Shown(liked.Id));
    }

    [Fact]
    public async Task A_retried_reaction_is_shown_again()
    {
        var (conversation, liked) = await Started();
        fixture.Sending.Graph.Answer(conversation.Organization, request => request.Number == 1 ? FakeGraph.Refuse(400, Undeliverable) : FakeGraph.Accept());
        var reaction = await React(conversation, liked, "👍");
        await fixture.Sending.UntilAsync(reaction, MessageStatus.Failed);

        (await conversation.Organization.Agent.Http.Post($"{conversation.Path}/messages/{reaction}/retry")).Expect(HttpStatusCode.OK);

        await fixture.Sending.UntilAsync(reaction, MessageStatus.Sent);
        Assert.Equal("👍", await Shown(liked.Id));
    }

    [Fact]
    public async Task A_reaction_that_Meta_accepted_and_then_could_not_deliver_is_removed()
    {
        var (conversation, liked) = await Started();
        var reaction = await React(conversation, liked, "👍");
        var sent = await fixture.Sending.UntilAsync(reaction, MessageStatus.Sent);

        await Meta.Deliver(fixture.Sending.Node, Meta.Status(
            conversation.Organization.Number, sent.WhatsappMessageId!, "failed", conversation.Contact.WhatsappId, error: Undeliverable));
        await fixture.Sending.UntilAsync(reaction, MessageStatus.Failed);

        Assert.Null(await Shown(liked.Id));
    }

    private async Task<(TestConversation Conversation, Message Liked)> Started()
    {
        var conversation = await fixture.Sending.OpenConversationAsync();
        return (conversation, await Given.InboundMessage(conversation, "Obrigada!"));
    }

    private static async Task<Guid> React(TestConversation conversation, Message message, string emoji)
        => (await conversation.Organization.Agent.Http.Post(
            $"{conversation.Path}/messages", new { message_type = "reaction", content = new { message_id = message.Id, emoji } }))
            .Expect(HttpStatusCode.Created).As<Message>().Id;

    private static string? Emoji(GraphRequest request) => request.Body.GetProperty("reaction").GetProperty("emoji").GetString();

    private static string? Shows(JsonElement message)
        => message.GetProperty("reactions").EnumerateArray().Select(r => r.GetProperty("emoji").GetString()).SingleOrDefault();

    private Task<string?> Shown(Guid messageId)
        => fixture.Sending.Database.SingleAsync<string>("select reactions -> 0 ->> 'emoji' from messages where id = @messageId", new { messageId });
}
