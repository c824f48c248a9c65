using Nodes = System.Text.Json.Nodes;

namespace PyTake.Faults.Load;

/// <summary>
/// Posts customers' messages as Meta does: a webhook that is not answered 200 is posted again with the same bytes, first at once and then at
/// growing intervals; and occasionally one that was answered is repeated.
/// </summary>
internal sealed class Meta(Webhook webhook, HttpClient http, string phoneNumberId, Ledger ledger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private int _underWay, _refused;

    /// <summary>Webhooks that have not been answered 200 yet.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Attempts that were not answered 200.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Delivers one webhook with these messages, however long it takes.</summary>
    public async Task DeliverAsync(IReadOnlyList<CustomerMessage> messages, CancellationToken cancellationToken)
    {
        ledger.Add(messages);
        var body = Webhook.Body(phoneNumberId, [.. messages.Select(m => m.Photo is { } photo ? PhotoMessage(m, photo) : (Nodes.JsonNode)Webhook.TextMessage(m.Customer, m.Text, m.Wamid))]);
        foreach (var message in messages) message.Send();
        Interlocked.Increment(ref _underWay);
        try
        {
            for (var failures = 0; !await PostAsync(body, cancellationToken); failures++)
            {
                Interlocked.Increment(ref _refused);
                await Task.Delay(Pause(failures), cancellationToken);
            }
            foreach (var message in messages) message.Acknowledge();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
        if (Random.Shared.Next(50) == 0) await PostAsync(body, cancellationToken);
    }

    // Without its hash, so that each is fetched.
    private static Nodes.JsonObject PhotoMessage(CustomerMessage message, CustomerPhoto photo) => new()
    {
        ["from"] = message.Customer, ["id"] = message.Wamid, ["timestamp"] = $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}", ["type"] = "image",
        ["image"] = new Nodes.JsonObject { ["id"] = photo.Id, ["mime_type"] = "image/jpeg" },
    };

    // Meta's own intervals grow to hours, which is too long for a test.
    private static TimeSpan Pause(int failures) =>
        failures == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(2000, 100 * Math.Pow(2, failures)) * (0.5 + Random.Shared.NextDouble()));

    private async Task<bool> PostAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var request = webhook.Request(body);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var answer = await http.SendAsync(request, patience.Token);
            return answer.StatusCode == System.Net.HttpStatusCode.OK;
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
