using System.Runtime.CompilerServices;
using System.Text.Json;
using PyTake.Simulator.Control;
using PyTake.Simulator.Customers;

namespace PyTake.Simulator.Phone;

/// <summary>
/// One thing that happened between customers and the company. <c>Kind</c> is <c>message</c> (a customer wrote), <c>posted</c> (the
/// webhook's answer to that), <c>answer</c> (the company wrote), <c>status</c> (sent to the company about its message), <c>read</c>
/// (it marked a customer's message as read, with <c>Typing</c> if an agent is typing), <c>settings</c> or <c>rules</c>.
/// </summary>
internal sealed record PhoneEvent(string Kind)
{
    /// <summary>Its number in the log, from 1.</summary>
    public long N { get; init; }

    public DateTime At { get; init; }

    public string? PhoneNumberId { get; init; }

    public Customer? Customer { get; init; }

    /// <summary>The id of the message that this is about.</summary>
    public string? Wamid { get; init; }

    /// <summary>The message in Meta's shape, as in a webhook or in a request to send.</summary>
    public JsonElement? Message { get; init; }

    /// <summary>A message status such as <c>delivered</c>, or the webhook's HTTP status; null if it did not answer.</summary>
    public string? Status { get; init; }

    public bool? Typing { get; init; }

    public StatusSettings? Settings { get; init; }

    public Rule[]? Rules { get; init; }
}

/// <summary>
/// What customers' phones show, in order: the newest 10,000 events since this process started.
/// </summary>
internal sealed class PhoneLog(TimeProvider time)
{
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly Queue<PhoneEvent> _events = [];
    private TaskCompletionSource _more = NewSignal();
    private long _last;

    /// <summary>Identifies this run of the process: event numbers of another run mean nothing here.</summary>
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

    /// <summary>Whether every event after this number is still kept, so that a page that has the earlier ones can resume.</summary>
    public bool Reaches(long after)
    {
        lock (_lock)
            return after > 0 && after <= _last && after >= _last - _events.Count;
    }

    /// <summary>The events after a number and then each new one; null whenever none came for <paramref name="silence"/>.</summary>
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
