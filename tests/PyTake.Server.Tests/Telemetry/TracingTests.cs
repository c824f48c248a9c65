using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PyTake.WhatsApp;
using PyTake.WhatsApp.Outbound;

namespace PyTake.Telemetry;

public sealed class TracingTests : IAsyncLifetime
{
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    private readonly Recorder _recorder = new();
    private Sending _sending = null!;
    private TestConversation _conversation = null!;

    private TestNode Node => _sending.Node;

    public async ValueTask InitializeAsync()
    {
        _sending = await Sending.StartAsync();
        _conversation = await _sending.OpenConversationAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _sending.DisposeAsync();
        _recorder.Dispose();
    }

    [Fact]
    public async Task A_customers_message_is_one_trace_from_Metas_call_to_the_browsers()
    {
        var trace = _recorder.Begin();

        await WebhookAsync(Meta.Text(_conversation.Organization.Number, _conversation.Contact.WhatsappId, "Bom dia"), Recorder.Header(trace));

        var told = await _recorder.FindAsync(trace, "fan out");
        var item = await _recorder.FindAsync(trace, "process webhook item");
        var post = await _recorder.FindAsync(trace, Request);
        // What is not applied soon after its arrival is stored and applied from there, by a second batch.
        IEnumerable<Activity> Batches() => _recorder.Of(trace).Where(s => s.DisplayName == "work on partitions");
        await Wait.Until(() => Batches().Any(batch => _recorder.Of(trace).Any(s => s.Source.Name == "Npgsql" && s.ParentSpanId == batch.SpanId)));
        Assert.Equal((item.SpanId, post.SpanId), (told.ParentSpanId, item.ParentSpanId));
        Assert.All(Batches(), batch => Assert.Equal(post.SpanId, batch.ParentSpanId));
        Assert.Equal("message:new", told.GetTagItem("pytake.event"));
        // The item is done when its effect is committed, and nobody waits for the browsers.
        Assert.True(item.StartTimeUtc >= post.StartTimeUtc && item.StartTimeUtc + item.Duration >= told.StartTimeUtc);
    }

    [Fact]
    public async Task Messages_processed_in_one_batch_stay_in_their_own_traces()
    {
        await using var quiet = await Sending.StartAsync(workers: false);
        var conversation = await quiet.OpenConversationAsync();
        var (one, other) = (_recorder.Begin(), _recorder.Begin());
        foreach (var trace in (ActivityTraceId[])[one, other])
            await WebhookAsync(Meta.Text(conversation.Organization.Number, conversation.Contact.WhatsappId, "Oi"), Recorder.Header(trace), quiet.Node);
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(quiet.Node, Meta.Text(conversation.Organization.Number, conversation.Contact.WhatsappId, "Untraced")));

        await Meta.Work(quiet.Node);

        foreach (var trace in (ActivityTraceId[])[one, other])
            Assert.Equal((await _recorder.FindAsync(trace, "process webhook item")).SpanId, (await _recorder.FindAsync(trace, "fan out")).ParentSpanId);
        var batch = await _recorder.FindAsync(one, "work on partitions");
        Assert.Equal(3, batch.GetTagItem("pytake.items"));
        Assert.Equal(other, Assert.Single(batch.Links).Context.TraceId);
    }

    [Fact]
    public async Task An_agents_message_is_one_trace_from_the_request_to_the_last_tick()
    {
        var trace = _recorder.Begin();
        using var agent = Node.Client(_conversation.Organization.Agent.Token);

        var answer = await agent.Post($"{_conversation.Path}/messages", new { message_type = "text", content = new { text = "Olá" } }, Recorder.Header(trace));
        var id = answer.Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        await _sending.UntilAsync(id, "sent");
        var request = Assert.Single(_sending.Graph.RequestsOf(_conversation.Organization));
        var said = request.Text("biz_opaque_callback_data")!;
        var came = _recorder.Begin();
        await WebhookAsync(Delivered(FakeGraph.WamidOf(request), said), Recorder.Header(came));
        await _sending.UntilAsync(id, "delivered");

        var post = await _recorder.FindAsync(trace, Request);
        var send = await _recorder.FindAsync(trace, "send message");
        var graph = await _recorder.FindAsync(trace, "POST", s => s.Source.Name == "System.Net.Http");
        var tick = await _recorder.FindAsync(trace, "process webhook item");
        Assert.Equal((post.SpanId, send.SpanId, send.SpanId), (send.ParentSpanId, graph.ParentSpanId, tick.ParentSpanId));
        Assert.Equal((id, came), (request.MessageId, Assert.Single(tick.Links).Context.TraceId));
        await Wait.Until(() => Told(trace).Count() == 3);
        Assert.Equal([post.SpanId, send.SpanId, tick.SpanId], Told(trace).OrderBy(s => s.StartTimeUtc).Select(s => s.ParentSpanId));
    }

    [Fact]
    public async Task Requests_to_Meta_carry_no_trace_header()
    {
        var headers = new TaskCompletionSource<string[]>();
        _sending.Graph.Answer(_conversation.Organization, (_, context) =>
        {
            headers.TrySetResult([.. context.Request.Headers.Keys]);
            return FakeGraph.Accept();
        });
        using var agent = Node.Client(_conversation.Organization.Agent.Token);

        await agent.Post($"{_conversation.Path}/messages", new { message_type = "text", content = new { text = "Olá" } }, Recorder.Header(_recorder.Begin()));

        Assert.DoesNotContain("traceparent", await headers.Task.WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken), StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_trace_that_is_not_recorded_is_not_stored()
    {
        await using var quiet = await Sending.StartAsync(workers: false);
        var conversation = await quiet.OpenConversationAsync();
        using var agent = quiet.Node.Client(conversation.Organization.Agent.Token);

        await WebhookAsync(Meta.Text(conversation.Organization.Number, conversation.Contact.WhatsappId, "Oi"), Recorder.Header(ActivityTraceId.CreateRandom(), recorded: false), quiet.Node);
        await WebhookAsync(Meta.Text(conversation.Organization.Number, conversation.Contact.WhatsappId, "Oi"), Recorder.Header(ActivityTraceId.CreateRandom()), quiet.Node);
        (await agent.Post($"{conversation.Path}/messages", new { message_type = "text", content = new { text = "Olá" } })).Expect(HttpStatusCode.Created);

        Assert.Equal([null, null], await quiet.Database.QueryAsync<string?>("select trace_parent from webhook_items"));
        Assert.Null(await quiet.Database.SingleAsync<string?>("select trace_parent from outbox"));
    }

    [Fact]
    public async Task A_failing_item_is_seen_to_fail_in_its_trace()
    {
        await using var broken = await Sending.StartAsync(workers: false);
        var conversation = await broken.OpenConversationAsync();
        await broken.Database.ExecuteAsync("alter table messages add constraint nothing_new check (created_at < '2020-01-01') not valid");
        var trace = _recorder.Begin();
        await WebhookAsync(Meta.Text(conversation.Organization.Number, conversation.Contact.WhatsappId, "Oi"), Recorder.Header(trace), broken.Node);

        await Meta.Work(broken.Node);

        var deferred = await _recorder.FindAsync(trace, "defer webhook item");
        Assert.Equal((ActivityStatusCode.Error, "retry"), (deferred.Status, deferred.GetTagItem("pytake.state")));
        Assert.DoesNotContain(_recorder.Of(trace), s => s.DisplayName == "fan out");
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData("outbox/17", false, false)]
    [InlineData("0191e7a0-0000-7000-8000-000000000001", true, false)]
    [InlineData("0191e7a0-0000-7000-8000-000000000001;00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true, true)]
    [InlineData("0191e7a0-0000-7000-8000-000000000001;nonsense", true, false)]
    [InlineData(";", false, false)]
    public void Callback_data_names_the_message_and_perhaps_its_trace(string? text, bool namesMessage, bool hasTrace)
    {
        Assert.Equal(namesMessage, CallbackData.MessageId(text) is not null);
        Assert.Equal(hasTrace, CallbackData.Trace(text) != default);
    }

    private IEnumerable<Activity> Told(ActivityTraceId trace) => _recorder.Of(trace).Where(s => s.DisplayName == "fan out");

    private object Delivered(string wamid, string callbackData) => Meta.Webhook(_conversation.Organization.Number, statuses:
    [
        new { id = wamid, status = "delivered", timestamp = "1700000000", recipient_id = _conversation.Contact.WhatsappId, biz_opaque_callback_data = callbackData },
    ]);

    private async Task WebhookAsync(object body, (string, string) header, TestNode? node = null)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        using var http = (node ?? Node).Client();
        using var content = new ByteArrayContent(bytes);
        (await http.Send(HttpMethod.Post, "/api/v1/whatsapp/webhook", content, ("X-Hub-Signature-256", Meta.Sign(bytes)), header)).Expect(HttpStatusCode.OK);
    }
}
