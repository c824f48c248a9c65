using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace PyTake.Simulator.Tests.Phone;

public sealed class PhoneTests
{
    [Fact]
    public async Task A_page_receives_customers_messages_and_the_webhooks_answers()
    {
        await using var simulation = await Simulation.StartAsync();
        using var page = await Page.OpenAsync(simulation);
        var hello = await page.Next("hello");
        Assert.Equal(Simulation.Number, hello.GetProperty("phone_number_id").GetString());
        Assert.Equal("5511900000000", hello.GetProperty("display_phone_number").GetString());
        Assert.False(hello.GetProperty("settings").GetProperty("auto_statuses").GetBoolean());

        var sent = await simulation.ControlAsync("inbound", new { from = Simulation.Ana, name = "Ana", message = Text("Bom dia") });
        var wamid = sent.Json.GetProperty("wamid").GetString();
        await simulation.SendAsync(new { messaging_product = "whatsapp", status = "read", message_id = wamid, typing_indicator = new { type = "text" } });

        var message = await page.Next("message");
        Assert.Equal("Ana", message.GetProperty("customer").GetProperty("name").GetString());
        Assert.Equal("Bom dia", message.GetProperty("message").GetProperty("text").GetProperty("body").GetString());
        Assert.Equal(Simulation.Number, message.GetProperty("phone_number_id").GetString());
        var posted = await page.Next("posted");
        Assert.Equal(("200", wamid), (posted.GetProperty("status").GetString(), Wamid(posted)));
        var read = await page.Next("read");
        Assert.Equal((wamid, true), (Wamid(read), read.GetProperty("typing").GetBoolean()));
    }

    [Fact]
    public async Task It_receives_the_companys_answers_their_statuses_and_changed_settings_and_rules()
    {
        await using var simulation = await Simulation.StartAsync();
        using var page = await Page.OpenAsync(simulation);
        // The settings that the simulation was started with.
        await page.Next("settings");
        await simulation.ControlAsync("settings", new { auto_statuses = true, status_delay_ms = 0 });
        await simulation.ControlAsync("rules", new { to = "5511933334444", status = 400 });
        var answer = await simulation.SendTextAsync("Olá!");
        await simulation.SendTextAsync("Refused", to: "5511933334444");

        Assert.True((await page.Next("settings")).GetProperty("settings").GetProperty("auto_statuses").GetBoolean());
        Assert.Equal(1, (await page.Next("rules")).GetProperty("rules").GetArrayLength());
        var heard = await page.Next("answer");
        Assert.Equal((answer.Wamid, Simulation.Ana), (Wamid(heard), heard.GetProperty("customer").GetProperty("wa_id").GetString()));
        Assert.Equal("Olá!", heard.GetProperty("message").GetProperty("text").GetProperty("body").GetString());
        Assert.Equal("sent delivered read", $"{await Word(page)} {await Word(page)} {await Word(page)}");
        await simulation.DeleteAsync("/_control/rules");
        Assert.Equal(0, (await page.Next("rules")).GetProperty("rules").GetArrayLength());
        // The refused message is not shown.
        Assert.Equal(1, page.Heard("answer"));
    }

    [Fact]
    public async Task A_page_that_reconnects_resumes_and_one_of_another_run_starts_over()
    {
        await using var simulation = await Simulation.StartAsync();
        string last;
        using (var page = await Page.OpenAsync(simulation))
        {
            await simulation.ControlAsync("inbound", new { from = Simulation.Ana, message = Text("one") });
            await page.Next("posted");
            last = page.LastId!;
        }
        await simulation.ControlAsync("inbound", new { from = Simulation.Ana, message = Text("two") });

        using var back = await Page.OpenAsync(simulation, last);
        Assert.True((await back.Next("hello")).GetProperty("after").GetInt64() > 0);
        Assert.Equal("two", Body(await back.Next("message")));

        using var stranger = await Page.OpenAsync(simulation, "elsewhere-1");
        Assert.Equal(0, (await stranger.Next("hello")).GetProperty("after").GetInt64());
        Assert.Equal("one", Body(await stranger.Next("message")));
    }

    [Fact]
    public async Task A_silent_stream_is_kept_alive()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time);
        using var page = await Page.OpenAsync(simulation);
        await page.Next("settings");

        Assert.Equal(TimeSpan.FromSeconds(20), await time.MoveToNextTimerAsync());
        await page.Next("ping");
    }

    [Fact]
    public async Task A_customers_file_is_found_at_Graph_and_shown_on_the_phone()
    {
        await using var simulation = await Simulation.StartAsync();
        var file = await simulation.PostAsync("/_control/media", Content([0xFF, 0xD8, 0xFF], "image/jpeg"));
        var id = file.Json.GetProperty("id").GetString();

        var found = await simulation.GetAsync($"/v23.0/{id}?phone_number_id={Simulation.Number}");
        using var shown = await simulation.Http.GetAsync($"/_control/media/{id}", TestContext.Current.CancellationToken);

        Assert.Equal(file.Json.GetProperty("sha256").GetString(), found.Json.GetProperty("sha256").GetString());
        Assert.Equal("image/jpeg", shown.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", shown.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(HttpStatusCode.NotFound, (await simulation.Http.GetAsync("/_control/media/1", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("content_type", "text/html", 10)]
    [InlineData("body", "image/png", 0)]
    public async Task A_file_that_no_customer_sends_is_refused_with_the_reason(string name, string type, int length)
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.PostAsync("/_control/media", Content(new byte[length], type));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.True(answer.Json.GetProperty("errors").TryGetProperty(name, out _));
    }

    private static object Text(string body) => new { type = "text", text = new { body } };

    private static string? Wamid(JsonElement heard) => heard.GetProperty("wamid").GetString();

    private static string? Body(JsonElement heard) => heard.GetProperty("message").GetProperty("text").GetProperty("body").GetString();

    private static async Task<string?> Word(Page page) => (await page.Next("status")).GetProperty("status").GetString();

    private static ByteArrayContent Content(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    private sealed class Page(HttpResponseMessage response, IAsyncEnumerator<SseItem<string>> events) : IDisposable
    {
        private readonly List<string> _heard = [];

        public string? LastId { get; private set; }

        public static async Task<Page> OpenAsync(Simulation simulation, string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/_control/events");
            if (lastEventId is not null)
                request.Headers.Add("Last-Event-ID", lastEventId);
            var response = await simulation.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline.Patience);
            return new(response, SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator());
        }

        public int Heard(string kind) => _heard.Count(k => k == kind);

        /// <summary>The next event of this kind; others before it are skipped.</summary>
        public async Task<JsonElement> Next(string kind)
        {
            do
            {
                Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Deadline.Patience), $"No {kind} arrived");
                _heard.Add(events.Current.EventType);
                LastId = events.Current.EventId ?? LastId;
            }
            while (events.Current.EventType != kind);
            return JsonElement.Parse(events.Current.Data);
        }

        public void Dispose() => response.Dispose();
    }
}
