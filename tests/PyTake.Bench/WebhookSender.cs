using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>Posts a round's messages and records when each was sent and acknowledged.</summary>
internal sealed class WebhookSender(Webhook webhook, HttpMessageInvoker http, Ledger ledger, string[] customers)
{
    private readonly MessageText _text = new(ledger.Run);

    /// <summary>Why the first refused or failed POST was not answered 200.</summary>
    public string? FirstRefusal { get; private set; }

    /// <summary>Sends at a constant rate, each message when it is due: a slow answer delays no other message.</summary>
    /// <exception cref="IOException">The ledger is full.</exception>
    public async Task SendAtRateAsync(double rate, CancellationToken stop)
    {
        List<Task> sending = [];
        // A dedicated thread, because timers of the thread pool fire late when the pool is busy.
        await Task.Factory.StartNew(() =>
        {
            var start = Stopwatch.GetTimestamp();
            while (!stop.IsCancellationRequested)
            {
                var id = TakeNext();
                var due = start + (long)(id * Stopwatch.Frequency / rate);
                SleepUntil(due);
                sending.Add(Task.Run(() => SendAsync(id, due), CancellationToken.None));
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(sending);
    }

    /// <summary>Sends as fast as messages are answered, with a constant number in flight.</summary>
    /// <exception cref="IOException">The ledger is full: its capacity was too low for this system.</exception>
    public Task SendInFlightAsync(int inFlight, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await SendAsync(TakeNext(), Stopwatch.GetTimestamp());
        }, CancellationToken.None)));

    private int TakeNext() => ledger.Take() is var id && id < ledger.Capacity
        ? id
        : throw new IOException($"more than {ledger.Capacity} messages in one round");

    private async Task SendAsync(int id, long due)
    {
        using var request = webhook.Text(customers[id % customers.Length], $"wamid.BENCH{ledger.Run}{id:D8}", _text.Of(id));
        ledger.Send(id, due, Stopwatch.GetTimestamp());
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            using var answer = await http.SendAsync(request, deadline.Token);
            if (answer.IsSuccessStatusCode) ledger.Acknowledge(id, Stopwatch.GetTimestamp());
            else FirstRefusal ??= $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(deadline.Token)}";
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            FirstRefusal ??= exception.Message;
        }
    }

    private static void SleepUntil(long due)
    {
        for (TimeSpan left; (left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due)) > TimeSpan.Zero;)
            Thread.Sleep((int)Math.Ceiling(left.TotalMilliseconds));
    }
}
