using System.Runtime.CompilerServices;
using System.Text.Json;
using PyTake.Simulator.Control;
using PyTake.Simulator.Customers;

namespace PyTake.Simulator.Phone;

/// <summary>
/// One thing that happened between customers and the company. <c>Kind</c> is <c>message</c> (a customer wrote), <c>posted</c> (the
/// webhook's answer to that), <c>answer</c> (the company wrote), <c>status</c> (what the company is told of its message), <c>read</c>
/// (it marked a customer's message as read, with <c>Typing</c> where somebody is writing), <c>settings</c> or <c>rules</c>.
/// </summary>
internal sealed record PhoneEvent(string Kind)
{
    /// <summary>Its place among all, from 1.</summary>
    public long N { get; init; }

    public DateTime At { get; init; }

    public string? PhoneNumberId { get; init; }

    public Customer? Customer { get; init; }

    /// <summary>Of the message it is about.</summary>
    public string? Wamid { get; init; }

    /// <summary>In Meta's shape: of a webhook, or of a request to send.</summary>
    public JsonElement? Message { get; init; }

    /// <summary>A status' word, or the webhook's HTTP status; null where it did not answer.</summary>
    public string? Status { get; init; }

    public bool? Typing { get; init; }

    public StatusSettings? Settings { get; init; }

    public Rule[]? Rules { get; init; }
}

/// <summary>
/// What customers' phones show, in order: all of it since the start of this process, up to the newest 10,000.
/// </summary>
internal sealed class PhoneLog(TimeProvider time)
{
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly Queue<PhoneEvent> _events = [];
    private TaskCompletionSource _more = NewSignal();
    private long _last;

    /// <summary>Of this start of the process: another one's places mean nothing here.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N")[..8];

    public void Add(PhoneEvent happened)
    {
        lock (_lock)
        {
            _events.Enqueue(happened with { N = ++_last, At = time.GetUtcNow().UtcDateTime });
            if (_events.Count > Most)
                _events.Dequeue();
            _more.TrySetResult();
            _more = NewSignal();
        }
    }

    /// <summary>Whether everything after this place is still there, so that a page that knows what came before can go on.</summary>
    public bool Reaches(long after)
    {
        lock (_lock)
            return after > 0 && after <= _last && after >= _last - _events.Count;
    }

    /// <summary>What happened after a place, and what happens from now on; null now and then, where nothing does.</summary>
    public async IAsyncEnumerable<PhoneEvent?> FollowAsync(
        long after, TimeSpan silence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var (events, more) = After(after);
            foreach (var happened in events)
                yield return happened;
            after = events.Length > 0 ? events[^1].N : after;
            if (events.Length == 0 && !await CameAsync(more, silence, cancellationToken))
                yield return null;
        }
    }

    private (PhoneEvent[] Events, Task More) After(long n)
    {
        lock (_lock)
            return ([.. _events.Where(e => e.N > n)], _more.Task);
    }

    private async Task<bool> CameAsync(Task more, TimeSpan silence, CancellationToken cancellationToken)
    {
        try
        {
            await more.WaitAsync(silence, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
