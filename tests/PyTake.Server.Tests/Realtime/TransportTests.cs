using System.Net;
using System.Text;

namespace PyTake.Realtime;

public sealed class TransportTests(Cluster cluster) : IClassFixture<Cluster>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_without_WebSockets_receives_the_same_events_by_long_polling()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        using var http = organization.Agent.Http;
        var url = await Negotiate(http);
        await http.GetStringAsync(url, Stop);
        await Post(http, url, "{\"protocol\":\"json\",\"version\":1}\u001e");
        var heard = new StringBuilder();

        await Post(http, url, $$"""{"type":1,"invocationId":"1","target":"join_conversation","arguments":[{"conversation_id":"{{conversation.Id}}"}]}""" + "\u001e");
        while (!heard.ToString().Contains("\"type\":3")) heard.Append(await http.GetStringAsync(url, Stop));
        await Given.InboundMessage(conversation, "polled");
        while (!heard.ToString().Contains("polled")) heard.Append(await http.GetStringAsync(url, Stop));

        Assert.Contains("\"target\":\"connected\"", heard.ToString());
        Assert.Contains("\"target\":\"joined_conversation\"", heard.ToString());
        Assert.DoesNotContain("\"error\"", heard.ToString());
    }

    [Fact]
    public async Task And_by_server_sent_events_with_the_token_in_the_address()
    {
        var organization = await Given.Organization(cluster.One);
        using var http = organization.Agent.Http;
        var url = await Negotiate(http);
        using var browser = cluster.One.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}&access_token={organization.Agent.Token}");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await browser.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
        await Post(http, url, "{\"protocol\":\"json\",\"version\":1}\u001e");

        string? line;
        do line = await events.ReadLineAsync(Stop).AsTask().WaitAsync(SignalRClient.Deadline, Stop);
        while (line is not null && !line.Contains("\"target\":\"presence:snapshot\""));

        Assert.Contains(organization.Agent.Id.ToString(), line);
    }

    private static async Task<string> Negotiate(HttpClient http)
    {
        var negotiated = (await http.Post("/hubs/chat/negotiate?negotiateVersion=1")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(
            ["WebSockets", "ServerSentEvents", "LongPolling"],
            negotiated.GetProperty("availableTransports").EnumerateArray().Select(t => t.GetProperty("transport").GetString()));
        return $"/hubs/chat?id={negotiated.GetProperty("connectionToken").GetString()}";
    }

    private static async Task Post(HttpClient http, string url, string record)
        => (await http.PostAsync(url, new StringContent(record), Stop)).EnsureSuccessStatusCode();
}
