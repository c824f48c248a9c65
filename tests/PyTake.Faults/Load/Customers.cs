using System.Diagnostics;

namespace PyTake.Faults.Load;

/// <summary>The customers of one organization, who write at a steady rate whatever happens to the answers.</summary>
internal sealed class Customers(string[] numbers, Meta meta)
{
    private readonly string _run = $"{Random.Shared.Next(0x10000000, int.MaxValue):x8}";
    private int _count;

    public IReadOnlyList<string> Numbers => numbers;

    /// <summary>Writes messages at a rate per second until <paramref name="stop"/>; then waits until each of them has been answered 200.</summary>
    public async Task WriteAsync(double rate, CancellationToken stop, CancellationToken giveUp)
    {
        List<Task> under = [];
        var started = Stopwatch.GetTimestamp();
        for (int webhooks = 0, messages = 0; !stop.IsCancellationRequested;)
        {
            // Mostly one message per webhook, sometimes several, from one customer or from many.
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

    /// <summary>Sends each customer's first message.</summary>
    public Task IntroduceAsync(CancellationToken cancellationToken) => Task.WhenAll(numbers.Select(number => meta.DeliverAsync([New(number)], cancellationToken)));

    /// <summary>Sends large webhooks, all at once, so that a partition's batch is large.</summary>
    public Task BurstAsync(int webhooks, int messages, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, webhooks).Select(_ => meta.DeliverAsync(Next(messages), cancellationToken)));

    /// <summary>Sends one webhook with three messages of one customer, of which the second has another fate, and one of another customer.</summary>
    /// <param name="word">What the text of the second one begins with.</param>
    /// <param name="length">The length of its text.</param>
    public Task TroubleAsync(string word, int length, Fate fate, CancellationToken cancellationToken)
    {
        var customer = AnyNumber();
        return meta.DeliverAsync([New(customer), New(customer, word, length, fate), New(customer), New(AnyNumber())], cancellationToken);
    }

    /// <summary>Sends photos of any customers, each in a webhook of its own, all at once.</summary>
    public Task PhotosAsync(IEnumerable<CustomerPhoto> photos, CancellationToken cancellationToken) => Task.WhenAll(photos.Select(photo =>
    {
        var blank = New(AnyNumber());
        return meta.DeliverAsync([new CustomerMessage(blank.Wamid, blank.Customer, "") { Photo = photo }], cancellationToken);
    }));

    /// <summary>Sends a message in a webhook of its own.</summary>
    /// <param name="message">Made by <see cref="New"/>.</param>
    public Task DeliverAsync(CustomerMessage message, CancellationToken cancellationToken) => meta.DeliverAsync([message], cancellationToken);

    /// <summary>A message that is not sent yet.</summary>
    /// <param name="word">What its text begins with.</param>
    /// <param name="length">The length of its text.</param>
    public CustomerMessage New(string customer, string word = "in", int length = 60, Fate fate = Fate.Arrives)
    {
        var number = Interlocked.Increment(ref _count);
        return new CustomerMessage($"wamid.FAULTS{_run}{number:D8}", customer, $"{word}:{_run}:{number}:{new string('x', length)}") { Fate = fate };
    }

    private string AnyNumber() => numbers[Random.Shared.Next(numbers.Length)];

    private CustomerMessage[] Next(int count)
    {
        // Either all messages are of one customer, or each is of another.
        var first = Random.Shared.Next(numbers.Length);
        var spread = Random.Shared.Next(2);
        return [.. Enumerable.Range(0, count).Select(n => New(numbers[(first + n * spread) % numbers.Length]))];
    }
}
