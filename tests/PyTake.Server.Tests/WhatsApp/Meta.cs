using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Nodes;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp;

/// <summary>Calls a node's webhook as Meta does, and processes the queue on demand, as the workers would.</summary>
public static class Meta
{
    private static int _count;

    /// <summary>Makes PostgreSQL refuse messages that say poison, in a database of the test's own.</summary>
    public static Task Poison(TestDatabase database) => database.ExecuteAsync("""
        create function refuse() returns trigger language plpgsql as $$
            begin raise exception 'this is poison'; end
        $$;
        create trigger poison before insert on messages for each row when (new.content ->> 'text' like '%poison%') execute function refuse();
        """);

    /// <summary>Makes PostgreSQL hang on messages that say endless, in a database of the test's own.</summary>
    public static Task Stall(TestDatabase database) => database.ExecuteAsync("""
        create function stall() returns trigger language plpgsql as $$
            begin perform pg_sleep(60); return new; end
        $$;
        create trigger endless before insert on messages for each row when (new.content ->> 'text' like '%endless%') execute function stall();
        """);

    /// <summary>An id in Meta's format.</summary>
    public static string Wamid() => $"wamid.HBgN{Interlocked.Increment(ref _count):D6}{Guid.NewGuid():N}";

    /// <summary>Posts a body signed with the tests' app secret.</summary>
    public static Task<HttpStatusCode> Post(TestNode node, object body) => Post(node, JsonSerializer.SerializeToUtf8Bytes(body));

    /// <inheritdoc cref="Post(TestNode, object)"/>
    public static async Task<HttpStatusCode> Post(TestNode node, byte[] body, string? signature = null)
    {
        using var client = node.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/whatsapp/webhook") { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature ?? Sign(body));
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    /// <returns>The value of the header.</returns>
    public static string Sign(byte[] body, string secret = TestNode.AppSecret) => Harness.Webhook.SignatureOf(body, secret);

    /// <summary>Processes everything in the queue, as this node's worker would.</summary>
    public static async Task Work(TestNode node)
    {
        short[] partitions = [.. Enumerable.Range(0, Partitions.Count).Select(partition => (short)partition)];
        var (worker, isolated) = (node.Get<PartitionWorker>(), node.Get<IsolatedPartitions>());
        while (await worker.ProcessBatchAsync(isolated.Without(partitions), null, TestContext.Current.CancellationToken) > 0 || await isolated.EndAsync()) { }
    }

    /// <summary>
    /// Posts the webhooks and processes the queue. A node with <see cref="Directly"/> applies each webhook in the transaction that acknowledges it.
    /// </summary>
    public static async Task Deliver(TestNode node, params object[] bodies)
    {
        foreach (var body in bodies) Assert.Equal(HttpStatusCode.OK, await (IsDirect(node) ? PostDirectly(node, body) : Post(node, body)));
        await Work(node);
    }

    /// <summary>A setting of a node whose worker applies what has arrived, however long that takes.</summary>
    public static (string Key, string Value) Directly => ("Webhooks:DirectMs", "60000");

    /// <summary>Posts a webhook while the node's worker waits for one.</summary>
    public static async Task<HttpStatusCode> PostDirectly(TestNode node, object body)
    {
        using var arrived = new SemaphoreSlim(0);
        using var attached = node.Get<Arrivals>().Attach(() => arrived.Release());
        var post = Post(node, body);
        await Task.WhenAny(post, arrived.WaitAsync(TestContext.Current.CancellationToken));
        if (node.Get<Arrivals>().TryClaim(1000, long.MaxValue) is { } claim)
            await node.Get<PartitionWorker>().ProcessBatchAsync([], claim, TestContext.Current.CancellationToken);
        return await post;
    }

    private static bool IsDirect(TestNode node) => node.Get<IOptions<WebhookOptions>>().Value.DirectMs == 60_000;

    /// <summary>A webhook around values of its one change.</summary>
    public static object Webhook(TestNumber number, object[]? messages = null, object[]? statuses = null, object[]? contacts = null, string field = "messages")
    {
        var value = new Dictionary<string, object>
        {
            ["messaging_product"] = "whatsapp",
            ["metadata"] = new { display_phone_number = number.PhoneNumber, phone_number_id = number.PhoneNumberId },
        };
        if (contacts is not null) value["contacts"] = contacts;
        if (messages is not null) value[field == "smb_message_echoes" ? "message_echoes" : "messages"] = messages;
        if (statuses is not null) value["statuses"] = statuses;
        return Change(field, value);
    }

    /// <summary>A webhook with one change.</summary>
    public static object Change(string field, object value)
        => new { @object = "whatsapp_business_account", entry = new[] { new { id = "990011", changes = new[] { new { field, value } } } } };

    /// <summary>A history of messages from before the number came to us.</summary>
    /// <param name="chunks">In the format of webhooks/reference/history.</param>
    public static object History(TestNumber number, object[] chunks) => Change("history", new
    {
        messaging_product = "whatsapp",
        metadata = new { display_phone_number = number.PhoneNumber, phone_number_id = number.PhoneNumberId },
        history = chunks,
    });

    /// <summary>A customer's text.</summary>
    public static object Text(TestNumber number, string from, string text, string? wamid = null, DateTime? at = null, string? name = "Ana Prado")
        => Webhook(number, [TextMessage(from, text, wamid, at)], contacts: [new { profile = new { name }, wa_id = from }]);

    public static object TextMessage(string from, string text, string? wamid = null, DateTime? at = null)
        => new { from, id = wamid ?? Wamid(), timestamp = Seconds(at), type = "text", text = new { body = text } };

    /// <summary>A status of a message of ours.</summary>
    public static object Status(TestNumber number, string wamid, string status, string to, DateTime? at = null, Guid? message = null, int? error = null)
    {
        var tick = new Dictionary<string, object> { ["id"] = wamid, ["status"] = status, ["timestamp"] = Seconds(at), ["recipient_id"] = to };
        if (message is not null) tick["biz_opaque_callback_data"] = message.ToString()!;
        if (error is not null) tick["errors"] = new[] { new { code = error, title = "Error", message = "It failed", error_data = new { details = "Because" } } };
        return Webhook(number, statuses: [tick]);
    }

    /// <summary>A customer's message that is not a text.</summary>
    public static object Other(TestNumber number, string from, string type, object content, string? wamid = null, DateTime? at = null)
        => Webhook(number, [new Dictionary<string, object> { ["from"] = from, ["id"] = wamid ?? Wamid(), ["timestamp"] = Seconds(at), ["type"] = type, [type] = content }],
            contacts: [new { profile = new { name = "Ana Prado" }, wa_id = from }]);

    private static string Seconds(DateTime? at) => new DateTimeOffset(at ?? DateTime.UtcNow).ToUnixTimeSeconds().ToString();
}
