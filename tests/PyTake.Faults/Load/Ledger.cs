using System.Diagnostics;

namespace PyTake.Faults.Load;

/// <summary>What must become of a message that was answered 200.</summary>
internal enum Fate
{
    /// <summary>It arrives in order.</summary>
    Arrives,

    /// <summary>It makes the worker fail until the trap is removed, and may arrive after messages that were sent later.</summary>
    ArrivesLate,

    /// <summary>It is parked for an operator and does not become a message.</summary>
    Parked,
}

/// <summary>A photo that the simulator has for Meta.</summary>
/// <param name="Sha256">Of its content, in hexadecimal.</param>
internal sealed record CustomerPhoto(string Id, string Sha256);

/// <summary>A customer's message as it was posted to the webhook. Times are Stopwatch timestamps; 0 means never.</summary>
internal sealed class CustomerMessage(string wamid, string customer, string text)
{
    private long _sentAt, _acknowledgedAt;

    public string Wamid => wamid;
    public string Customer => customer;
    public string Text => text;

    public Fate Fate { get; init; }

    /// <summary>A photo at the simulator, instead of the text.</summary>
    public CustomerPhoto? Photo { get; init; }

    /// <summary>When it was first sent.</summary>
    public long SentAt => Volatile.Read(ref _sentAt);

    /// <summary>When it was first answered 200.</summary>
    public long AcknowledgedAt => Volatile.Read(ref _acknowledgedAt);

    public bool IsAcknowledged => AcknowledgedAt != 0;

    public void Send() => Interlocked.CompareExchange(ref _sentAt, Stopwatch.GetTimestamp(), 0);

    public void Acknowledge() => Interlocked.CompareExchange(ref _acknowledgedAt, Stopwatch.GetTimestamp(), 0);
}

/// <summary>An agent's message as it was requested, under its idempotency key.</summary>
internal sealed class AgentMessage(string key, Guid conversation, string text)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _ids = [];

    public string Key => key;
    public Guid Conversation => conversation;
    public string Text => text;

    /// <summary>The ids that it was answered with: there must be one, however often it was requested.</summary>
    public IReadOnlyCollection<Guid> Ids
    {
        get { lock (_lock) return [.. _ids]; }
    }

    public void Answered(Guid id)
    {
        lock (_lock) _ids.Add(id);
    }
}

/// <summary>Everything that was sent and requested in one organization; each sender adds to it.</summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly List<CustomerMessage> _fromCustomers = [];
    private readonly List<AgentMessage> _fromAgents = [];

    public IReadOnlyList<CustomerMessage> FromCustomers
    {
        get { lock (_lock) return [.. _fromCustomers]; }
    }

    public IReadOnlyList<AgentMessage> FromAgents
    {
        get { lock (_lock) return [.. _fromAgents]; }
    }

    public void Add(IEnumerable<CustomerMessage> messages)
    {
        lock (_lock) _fromCustomers.AddRange(messages);
    }

    public void Add(AgentMessage message)
    {
        lock (_lock) _fromAgents.Add(message);
    }

    public int AcknowledgedSince(long at) => FromCustomers.Count(message => message.AcknowledgedAt > at);
}
