using System.Text.Json;
using System.Text.Json.Nodes;
using PyTake.Json;

namespace PyTake.WhatsApp.Outbound;

public class GraphMessageTests
{
    [Theory]
    [InlineData("text", """{"text":"Olá 👋"}""", """{"body":"Olá 👋"}""")]
    [InlineData("text", """{"text":"https://x.y","preview_url":true}""", """{"body":"https://x.y","preview_url":true}""")]
    [InlineData("image", """{"url":"https://x.y/a.png","caption":"a"}""", """{"link":"https://x.y/a.png","caption":"a"}""")]
    [InlineData("video", """{"url":"https://x.y/a.mp4","caption":null}""", """{"link":"https://x.y/a.mp4"}""")]
    [InlineData("document", """{"url":"https://x.y/a","caption":"c","filename":"a.pdf"}""", """{"link":"https://x.y/a","caption":"c","filename":"a.pdf"}""")]
    [InlineData("audio", """{"url":"https://x.y/a","caption":"c","filename":"a.ogg"}""", """{"link":"https://x.y/a"}""")]
    [InlineData("sticker", """{"url":"https://x.y/a","caption":"c"}""", """{"link":"https://x.y/a"}""")]
    [InlineData("template", """{"name":"hello","language":"pt_BR","components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""",
        """{"name":"hello","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""")]
    [InlineData("template", """{"name":"hello","language":"en"}""", """{"name":"hello","language":{"code":"en"}}""")]
    [InlineData("location", """{"latitude":-23.5,"longitude":-46.6,"name":"n"}""", """{"latitude":-23.5,"longitude":-46.6,"name":"n"}""")]
    [InlineData("contacts", """{"contacts":[{"name":{"formatted_name":"Ana"}}]}""", """[{"name":{"formatted_name":"Ana"}}]""")]
    [InlineData("contacts", """[{"name":{"formatted_name":"Ana"}}]""", """[{"name":{"formatted_name":"Ana"}}]""")]
    [InlineData("interactive", """{"type":"button","body":{"text":"?"},"action":{"buttons":[]}}""", """{"type":"button","body":{"text":"?"},"action":{"buttons":[]}}""")]
    [InlineData("reaction", """{"message_id":"wamid.A","emoji":"👍"}""", """{"message_id":"wamid.A","emoji":"👍"}""")]
    [InlineData("reaction", """{"message_id":"wamid.A"}""", """{"message_id":"wamid.A","emoji":""}""")]
    public void A_content_becomes_Graphs_object(string type, string content, string expected)
    {
        var body = Body(Message(type, content));

        Assert.Equal("whatsapp", body.GetProperty("messaging_product").GetString());
        Assert.Equal("individual", body.GetProperty("recipient_type").GetString());
        Assert.Equal(type, body.GetProperty("type").GetString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(body.GetProperty(type).GetRawText())), body.GetProperty(type).GetRawText());
        Assert.False(body.TryGetProperty("context", out _));
    }

    [Fact]
    public void Media_of_the_upload_route_goes_by_Metas_id()
    {
        var message = Message("image", """{"media_id":"ours","caption":"a"}""");

        Assert.Equal("ours", GraphMessage.MediaIdsOf(message).Single());
        Assert.Equal("""{"id":"metas","caption":"a"}""", Body(message, "metas").GetProperty("image").GetRawText());
        Assert.Empty(GraphMessage.MediaIdsOf(Message("text", """{"text":"a","media_id":"no"}""")));
    }

    [Fact]
    public void A_reply_quotes_and_the_message_names_itself()
    {
        var message = Message("text", """{"text":"a"}""") with { ReplyTo = "wamid.Q" };
        var body = Body(message);

        Assert.Equal("wamid.Q", body.GetProperty("context").GetProperty("message_id").GetString());
        Assert.Equal(message.MessageId.ToString(), body.GetProperty("biz_opaque_callback_data").GetString());
    }

    [Fact]
    public void A_reaction_is_for_the_message_it_replies_to()
    {
        var body = Body(Message("reaction", """{"message_id":"of ours","emoji":"👍"}""") with { ReplyTo = "wamid.Q" });

        Assert.Equal("wamid.Q", body.GetProperty("reaction").GetProperty("message_id").GetString());
        Assert.False(body.TryGetProperty("context", out _));
    }

    [Theory]
    [InlineData("5511911112222", "to")]
    [InlineData("BR.8842kd", "recipient")]
    [InlineData("BR.ENT.8842kd", "recipient")]
    [InlineData("br.8842kd", "to")]
    public void A_user_id_is_a_recipient_and_a_number_is_not(string whatsappId, string field)
        => Assert.Equal(whatsappId, Body(Message("text", """{"text":"a"}""") with { Recipient = whatsappId }).GetProperty(field).GetString());

    private static JsonElement Body(OutboundMessage message, string? mediaId = null) => JsonDocument.Parse(GraphMessage.Of(message, mediaId is null ? [] : new Dictionary<string, string> { ["ours"] = mediaId })).RootElement;

    private static OutboundMessage Message(string type, string content) => new()
    {
        MessageId = Guid.CreateVersion7(),
        Position = 1,
        OrganizationId = Guid.NewGuid(),
        ConversationId = Guid.NewGuid(),
        WhatsappNumberId = Guid.NewGuid(),
        ContactId = Guid.NewGuid(),
        Status = "pending",
        MessageType = type,
        Content = new RawJson(content),
        CreatedAt = DateTime.UtcNow,
        Recipient = "5511911112222",
        PhoneNumberId = "77",
        AccessToken = [],
    };
}
