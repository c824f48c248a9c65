using System.Text.Json;

namespace PyTake.SocketIo;

/// <summary>Every case of socket.io-protocol's test suite beyond Engine.IO's, and cases it leaves out.</summary>
public sealed class SocketIoTests(EchoFixture echo) : IClassFixture<EchoFixture>
{
    // --- connect ---

    [Theory]
    [InlineData("40", "40", """42["auth",{}]""")]
    [InlineData("""40{"token":"123"}""", "40", """42["auth",{"token":"123"}]""")]
    [InlineData("40/custom,", "40/custom,", """42/custom,["auth",{}]""")]
    [InlineData("40/custom", "40/custom,", """42/custom,["auth",{}]""")]
    [InlineData("""40/custom,{"token":"abc"}""", "40/custom,", """42/custom,["auth",{"token":"abc"}]""")]
    public async Task A_client_connects_to_a_namespace(string connect, string connected, string auth)
    {
        await using var socket = await Open();

        await socket.Send(connect);

        var answer = await socket.Text();
        Assert.StartsWith(connected + "{", answer);
        Assert.Equal(["sid"], JsonDocument.Parse(answer[connected.Length..]).RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(auth, await socket.Text());
    }

    [Fact]
    public async Task An_unknown_namespace_is_refused_and_another_may_follow()
    {
        await using var socket = await Open();

        await socket.Send("40/random");
        Assert.Equal("""44/random,{"message":"Invalid namespace"}""", await socket.Text());
        await socket.Send("40");

        Assert.StartsWith("40{", await socket.Text());
    }

    [Fact]
    public async Task A_client_that_is_refused_again_and_again_is_disconnected()
    {
        await using var socket = await Open();
        for (var i = 0; i < 5; i++)
        {
            await socket.Send("40/random");
            await socket.Text();
        }

        await socket.Send("40/random");

        await socket.Closed();
    }

    [Theory]
    [InlineData("4abc")]
    [InlineData("4")]
    [InlineData("47")]
    [InlineData("40[]")]
    [InlineData("40{")]
    [InlineData("""42["message"]""")]
    [InlineData("41")]
    [InlineData("431[]")]
    public async Task Any_other_first_packet_ends_the_session(string packet)
    {
        await using var socket = await Open();

        await socket.Send(packet);

        await socket.Closed();
    }

    [Fact]
    public async Task And_connecting_twice()
    {
        await using var socket = await Connected();

        await socket.Send("40");

        await socket.Closed();
    }

    // --- disconnect ---

    [Fact]
    public async Task Leaving_one_namespace_is_not_leaving_another()
    {
        await using var socket = await Connected();
        await socket.Send("40/custom");
        await socket.Text();
        await socket.Text();

        await socket.Send("41/custom");
        await socket.Send("""42["message","message to main namespace"]""");

        Assert.Equal("""42["message-back","message to main namespace"]""", await socket.Text());
        await socket.Send("""42/custom,["message",1]""");
        await socket.Closed();
    }

    [Fact]
    public async Task A_client_that_the_hub_aborts_is_notified_and_its_session_ends()
    {
        await using var socket = await Connected();

        await socket.Send("""42["hang-up"]""");

        Assert.Equal("41", await socket.Text());
        await socket.Closed();
    }

    [Fact]
    public async Task A_polling_client_is_notified_too()
    {
        using var client = echo.Poller();
        await client.Open();
        await client.Post("40");
        await client.PollUntil(p => p.Contains("auth"));

        await client.Post("""42["hang-up"]""");

        Assert.Equal(["41", "1"], await client.PollUntil(p => p == "1"));
        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    // --- messages ---

    [Theory]
    [InlineData("""42["message",1,"2",{"3":[true]}]""", """42["message-back",1,"2",{"3":[true]}]""")]
    [InlineData("""42["message",null]""", """42["message-back",null]""")]
    [InlineData("""42["message"]""", """42["message-back"]""")]
    [InlineData("""42["message","olá 世界"]""", """42["message-back","olá 世界"]""")]
    [InlineData("""42["message","\u001e\u0000"]""", """42["message-back","\u001E\u0000"]""")]
    [InlineData("""42456["message-with-ack",1,"2",{"3":[false]}]""", """43456[1,"2",{"3":[false]}]""")]
    [InlineData("""420["message-with-ack",[1]]""", "430[[1]]")]
    [InlineData("""42012["message-with-ack"]""", "4312[]")]
    [InlineData("""427["fail"]""", """437[{"error":"As it was told to"}]""")]
    public async Task An_event_is_a_call_and_an_acknowledgement_its_result(string packet, string answer)
    {
        await using var socket = await Connected();

        await socket.Send(packet);

        Assert.Equal(answer, await socket.Text());
    }

    [Theory]
    [InlineData("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""",
        """452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""")]
    [InlineData("""452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""",
        """462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""")]
    public async Task Attachments_go_with_a_packet(string packet, string answer)
    {
        await using var socket = await Connected();

        await socket.Send(packet);
        await socket.Send([1, 2, 3]);
        await socket.Send([4, 5, 6]);

        Assert.Equal(answer, await socket.Text());
        Assert.Equal([1, 2, 3], await socket.Binary());
        Assert.Equal([4, 5, 6], await socket.Binary());
    }

    [Fact]
    public async Task Attachments_are_sent_to_a_polling_client_too()
    {
        using var client = echo.Poller();
        await client.Open();
        await client.Post("40");
        await client.PollUntil(p => p.Contains("auth"));

        await client.Post("451-[\"message\",{\"_placeholder\":true,\"num\":0}]\u001ebAQIDBA==");

        Assert.Equal(["451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]", "bAQIDBA=="], await client.PollUntil(p => p.Contains("message-back")));
    }

    [Theory]
    [InlineData("""451-["message",{"_placeholder":true,"num":1}]""", """42["message-back",{"_placeholder":true,"num":1}]""")]
    [InlineData("""451-["message",{"_placeholder":true,"num":-1}]""", """42["message-back",{"_placeholder":true,"num":-1}]""")]
    [InlineData("""451-["message",{"_placeholder":true}]""", """42["message-back",{"_placeholder":true}]""")]
    public async Task A_placeholder_without_an_attachment_is_left_as_it_is(string packet, string answer)
    {
        await using var socket = await Connected();

        await socket.Send(packet);
        await socket.Send([1]);

        Assert.Equal(answer, await socket.Text());
    }

    [Theory]
    [InlineData("4abc")]
    [InlineData("42{}")]
    [InlineData("42[]")]
    [InlineData("42[1]")]
    [InlineData("42")]
    [InlineData("""42["connect"]""")]
    [InlineData("""42["disconnecting",1]""")]
    [InlineData("""42abc["message-with-ack",1,"2",{"3":[false]}]""")]
    [InlineData("""421234567890123456["message"]""")]
    [InlineData("""42["message"]]""")]
    [InlineData("""42["message" """)]
    [InlineData("""42["\ud800"]""")]
    [InlineData("41{}")]
    [InlineData("43[]")]
    [InlineData("44{}")]
    [InlineData("""45["message"]""")]
    [InlineData("""451["message"]""")]
    [InlineData("""45-1-["message"]""")]
    [InlineData("""4511-["message"]""")]
    [InlineData("""42/unknown,["message"]""")]
    public async Task An_invalid_packet_ends_the_session(string packet)
    {
        await using var socket = await Connected();

        await socket.Send(packet);

        await socket.Closed();
    }

    [Fact]
    public async Task An_attachment_without_a_packet_or_a_packet_before_all_attachments_arrived_ends_the_session()
    {
        await using var unexpected = await Connected();
        await unexpected.Send([1, 2, 3]);
        await unexpected.Closed();

        await using var impatient = await Connected();
        await impatient.Send("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await impatient.Send([1, 2, 3]);
        await impatient.Send("""42["message"]""");
        await impatient.Closed();
    }

    [Fact]
    public async Task Attachments_that_are_too_large_together_end_the_session()
    {
        await using var socket = await Connected();

        await socket.Send("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await socket.Send(new byte[40_000]);
        await socket.Send(new byte[40_000]);

        await socket.Closed();
    }

    [Fact]
    public async Task An_acknowledgement_without_a_call_is_ignored()
    {
        await using var socket = await Connected();

        await socket.Send("431[]");
        await socket.Send("""42["message",1]""");

        Assert.Equal("""42["message-back",1]""", await socket.Text());
    }

    [Fact]
    public async Task An_unknown_method_is_answered_if_an_acknowledgement_was_asked_for()
    {
        await using var socket = await Connected();

        await socket.Send("""421["no such thing",{}]""");

        Assert.StartsWith("""431[{"error":""", await socket.Text());
    }

    private Task<RawSocket> Open() => Opened(echo.Url);

    private Task<RawSocket> Connected() => Connected(echo.Url);

    internal static async Task<RawSocket> Opened(Uri server)
    {
        var socket = await RawSocket.OpenAsync(server);
        await socket.Text();
        return socket;
    }

    internal static async Task<RawSocket> Connected(Uri server)
    {
        var socket = await Opened(server);
        await socket.Send("40");
        await socket.Text();
        await socket.Text();
        return socket;
    }
}
