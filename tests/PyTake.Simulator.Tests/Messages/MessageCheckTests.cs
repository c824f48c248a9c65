using System.Net;
using System.Text.Json;

namespace PyTake.Simulator.Tests.Messages;

public sealed class MessageCheckTests(SimulationFixture fixture) : IClassFixture<SimulationFixture>
{
    private readonly Simulation _simulation = fixture.Simulation;

    [Theory]
    [InlineData("text", """{"body":"Oi","preview_url":true}""")]
    [InlineData("image", """{"link":"https://example.com/a.jpg","caption":"Foto"}""")]
    [InlineData("audio", """{"link":"https://example.com/a.ogg"}""")]
    [InlineData("document", """{"link":"https://example.com/a.pdf","filename":"a.pdf"}""")]
    [InlineData("location", """{"latitude":-23.55,"longitude":"-46.63","name":"Sé"}""")]
    [InlineData("contacts", """[{"name":{"formatted_name":"Ana Prado","first_name":"Ana"},"phones":[{"phone":"+551133"}]}]""")]
    [InlineData("reaction", """{"message_id":"wamid.X","emoji":"👍"}""")]
    [InlineData("reaction", """{"message_id":"wamid.X","emoji":""}""")]
    [InlineData("interactive", """{"type":"button","body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"Sim"}}]}}""")]
    [InlineData("interactive", """{"type":"list","body":{"text":"?"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"A"}]}]}}""")]
    [InlineData("interactive", """{"type":"location_request_message","body":{"text":"?"},"action":{"name":"send_location"}}""")]
    [InlineData("interactive", """{"type":"product","action":{"catalog_id":"1","product_retailer_id":"2"}}""")]
    [InlineData("interactive", """{"type":"call_permission_request","action":{"name":"call_permission_request"}}""")]
    public async Task What_the_Cloud_API_accepts_is_accepted(string type, string content)
    {
        var answer = await _simulation.SendAsync(type, JsonElement.Parse(content));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData(131008, "text", """{}""")]
    [InlineData(131008, "text", """{"body":""}""")]
    [InlineData(131009, "text", """{"body":"Oi","preview_url":"yes"}""")]
    [InlineData(131008, "image", """{"caption":"no image"}""")]
    [InlineData(131009, "image", """{"link":"file:///etc/passwd"}""")]
    [InlineData(100, "image", """{"id":"123"}""")]
    [InlineData(100, "audio", """{"link":"https://example.com/a.ogg","caption":"no"}""")]
    [InlineData(131008, "location", """{"latitude":1}""")]
    [InlineData(131009, "location", """{"latitude":91,"longitude":0}""")]
    [InlineData(131009, "contacts", """[]""")]
    [InlineData(131008, "contacts", """[{"name":{"first_name":"Ana"}}]""")]
    [InlineData(131008, "reaction", """{"message_id":"wamid.X"}""")]
    [InlineData(131008, "reaction", """{"emoji":"👍"}""")]
    [InlineData(131008, "interactive", """{"type":"button","action":{"buttons":[]}}""")]
    [InlineData(131008, "interactive", """{"type":"catalog_message","action":{"name":"catalog_message"}}""")]
    [InlineData(131009, "interactive", """{"type":"button","body":{"text":"?"},"action":{"buttons":[]}}""")]
    [InlineData(131008, "interactive", """{"type":"list","body":{"text":"?"},"action":{"sections":[{"rows":[{"id":"1","title":"A"}]}]}}""")]
    [InlineData(131009, "interactive", """{"type":"list","body":{"text":"?"},"action":{"button":"Ver","sections":[{"rows":[]}]}}""")]
    [InlineData(131009, "interactive", """{"type":"list","body":{"text":"?"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"A"},{"id":"1","title":"B"}]}]}}""")]
    [InlineData(100, "poll", """{}""")]
    public async Task What_is_wrong_in_a_message_is_refused(int code, string type, string content)
    {
        var answer = await _simulation.SendAsync(type, JsonElement.Parse(content));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(code, answer.ErrorCode);
    }

    [Theory]
    [InlineData(100, """[]""")]
    [InlineData(100, """{"to":"5511911112222","text":{"body":"Oi"}}""")]
    [InlineData(100, """{"messaging_product":"sms","to":"5511911112222","text":{"body":"Oi"}}""")]
    [InlineData(100, """{"messaging_product":"whatsapp","text":{"body":"Oi"}}""")]
    [InlineData(100, """{"messaging_product":"whatsapp","to":"5511911112222"}""")]
    [InlineData(100, """{"messaging_product":"whatsapp","to":"5511911112222","type":"image","text":{"body":"Oi"}}""")]
    [InlineData(100, """{"messaging_product":"whatsapp","recipient_type":"all","to":"5511911112222","text":{"body":"Oi"}}""")]
    [InlineData(131009, """{"messaging_product":"whatsapp","to":"Ana","text":{"body":"Oi"}}""")]
    [InlineData(131009, """{"messaging_product":"whatsapp","to":"123","text":{"body":"Oi"}}""")]
    [InlineData(131009, """{"messaging_product":"whatsapp","to":5511911112222,"text":{"body":"Oi"}}""")]
    [InlineData(131009, """{"messaging_product":"whatsapp","recipient":"8842kd","text":{"body":"Oi"}}""")]
    [InlineData(131008, """{"messaging_product":"whatsapp","to":"5511911112222","text":{"body":"Oi"},"context":{}}""")]
    [InlineData(100, """{"messaging_product":"whatsapp","status":"read"}""")]
    [InlineData(131009, """{"messaging_product":"whatsapp","status":"seen","message_id":"wamid.X"}""")]
    [InlineData(131009, """{"messaging_product":"whatsapp","status":"read","message_id":"wamid.X","typing_indicator":{}}""")]
    public async Task What_is_wrong_in_a_request_is_refused(int code, string body)
    {
        var answer = await _simulation.SendAsync(JsonElement.Parse(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(code, answer.ErrorCode);
        Assert.StartsWith($"(#{code}) ", answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("😀")]
    public async Task A_text_has_4096_characters_at_most(string character)
    {
        var longest = await _simulation.SendTextAsync(string.Concat(Enumerable.Repeat(character, 4096)));
        var tooLong = await _simulation.SendTextAsync(string.Concat(Enumerable.Repeat(character, 4097)));

        Assert.Equal(HttpStatusCode.OK, longest.Status);
        Assert.Equal(100, tooLong.ErrorCode);
    }

    [Fact]
    public async Task Callback_data_has_512_characters_at_most()
    {
        var longest = await _simulation.SendTextAsync("Oi", callbackData: new string('x', 512));
        var tooLong = await _simulation.SendTextAsync("Oi", callbackData: new string('x', 513));

        Assert.Equal(HttpStatusCode.OK, longest.Status);
        Assert.Equal(100, tooLong.ErrorCode);
    }

    [Theory]
    [InlineData(3, 20, 1024, true)]
    [InlineData(4, 20, 1024, false)]
    [InlineData(3, 21, 1024, false)]
    [InlineData(3, 20, 1025, false)]
    public async Task Buttons_keep_to_their_limits(int count, int titleLength, int bodyLength, bool accepted)
    {
        var answer = await _simulation.SendAsync("interactive", new
        {
            type = "button",
            body = new { text = new string('b', bodyLength) },
            action = new
            {
                buttons = Enumerable.Range(1, count).Select(id => new
                {
                    type = "reply",
                    reply = new { id = $"{id}", title = new string('t', titleLength) },
                }),
            },
        });

        Assert.Equal(accepted ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
    }

    [Theory]
    [InlineData(2, 5, 24, 72, true)]
    [InlineData(2, 6, 24, 72, false)]
    [InlineData(2, 5, 25, 72, false)]
    [InlineData(2, 5, 24, 73, false)]
    public async Task Lists_keep_to_their_limits(
        int sections, int rows, int titleLength, int descriptionLength, bool accepted)
    {
        var answer = await _simulation.SendAsync("interactive", new
        {
            type = "list",
            body = new { text = "Escolha" },
            footer = new { text = new string('f', 60) },
            action = new
            {
                button = new string('b', 20),
                sections = Enumerable.Range(1, sections).Select(section => new
                {
                    title = $"Section {section}",
                    rows = Enumerable.Range(1, rows).Select(row => new
                    {
                        id = $"{section}.{row}",
                        title = new string('t', titleLength),
                        description = new string('d', descriptionLength),
                    }),
                }),
            },
        });

        Assert.Equal(accepted ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task Uploaded_media_is_sent_as_what_it_is()
    {
        var id = await _simulation.UploadAsync([1, 2, 3], "image/png");

        var image = await _simulation.SendAsync("image", new { id });
        var video = await _simulation.SendAsync("video", new { id });

        Assert.Equal(HttpStatusCode.OK, image.Status);
        Assert.Equal(131053, video.ErrorCode);
    }
}
