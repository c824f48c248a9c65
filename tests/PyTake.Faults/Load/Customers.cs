using System.Diagnostics;

namespace PyTake.Faults.Load;

/// <summary>The customers of one organization, who write at a steady rate whatever happens to the answers.</summary>
internal sealed class Customers(string[] numbers, Meta meta)
{
    private readonly string _run = $"{Random.Shared.Next(0x10000000, int.MaxValue):x8}";
    private int _count;

    public IReadOnlyList<string> Numbers => numbers;

    /// <summary>Writes so many messages a second until told to stop; then waits until every one of them was answered 200.</summary>
    public async Task WriteAsync(double rate, CancellationToken stop, CancellationToken giveUp)
    {
        List<Task> under = [];
        var started = Stopwatch.GetTimestamp();
        for (int webhooks = 0, messages = 0; !stop.IsCancellationRequested;)
        {
            // Mostly one message in a webhook, sometimes several, of one customer or of many.
            var size = webhooks++ % 10 == 0 ? 4 : 1;
            var due = TimeSpan.FromSeconds(messages / rate) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero) await Task.Delay(due, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) break;
            messages += size;
            under.Add(meta.DeliverAsync(Next(size), giveUp));
            under.RemoveAll(task => task.IsCompletedSuccessfully);
        }
        await Task.WhenAll(under);
    }

    /// <summary>Each customer's first message.</summary>
    public Task IntroduceAsync(CancellationToken cancellationToken) => Task.WhenAll(numbers.Select(number => meta.DeliverAsync([New(number)], cancellationToken)));

    /// <summary>Large webhooks, all at once, so that a partition's batch is large.</summary>
    public Task BurstAsync(int webhooks, int messages, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, webhooks).Select(_ => meta.DeliverAsync(Next(messages), cancellationToken)));

    /// <summary>One webhook in which a customer writes, writes something that has another fate, and writes again, and another customer writes too.</summary>
    /// <param name="word">What the text of that one begins with.</param>
    /// <param name="length">How long it is.</param>
    public Task TroubleAsync(string word, int length, Fate fate, CancellationToken cancellationToken)
    {
        var customer = Anybody();
        return meta.DeliverAsync([New(customer), New(customer, word, length, fate), New(customer), New(Anybody())], cancellationToken);
    }

    private string Anybody() => numbers[Random.Shared.Next(numbers.Length)];

    private CustomerMessage[] Next(int count)
    {
        // A customer's own messages stand together, or the webhook is of many.
        var first = Random.Shared.Next(numbers.Length);
        var spread = Random.Shared.Next(2);
        return [.. Enumerable.Range(0, count).Select(n => New(numbers[(first + n * spread) % numbers.Length]))];
    }

    private CustomerMessage New(string customer, string word = "in", int length = 60, Fate fate = Fate.Arrives)
    {
        var number = Interlocked.Increment(ref _count);
        return new CustomerMessage($"wamid.FAULTS{_run}{number:D8}", customer, $"{word}:{_run}:{number}:{new string('x', length)}") { Fate = fate };
    }
}
