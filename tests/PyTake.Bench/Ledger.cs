using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>
/// Records when each message of a round was due, sent, and acknowledged, as Stopwatch timestamps; 0 means never. Messages
/// are numbered from 0, and message i belongs to conversation i % <paramref name="conversations"/>.
/// </summary>
internal sealed class Ledger(int capacity, int conversations)
{
    private readonly long[] _due = new long[capacity], _sent = new long[capacity], _acknowledged = new long[capacity];
    private int _taken;

    /// <summary>Identifies this round's messages.</summary>
    public string Run { get; } = $"{Random.Shared.Next(0x10000000, int.MaxValue):x8}";

    public int Capacity => capacity;
    public int Conversations => conversations;
    public int PerConversation => capacity / conversations + 1;

    /// <summary>Messages 0 to Taken - 1 were sent or tried.</summary>
    public int Taken => Math.Min(Volatile.Read(ref _taken), capacity);
    public int Acknowledged => Enumerable.Range(0, Taken).Count(IsAcknowledged);

    /// <summary>Takes the next message number; it is the capacity or more once the ledger is full.</summary>
    public int Take() => Interlocked.Increment(ref _taken) - 1;

    public void Send(int id, long due, long at)
    {
        _due[id] = due;
        Volatile.Write(ref _sent[id], at);
    }

    public void Acknowledge(int id, long at) => Volatile.Write(ref _acknowledged[id], at);

    public long SentAt(int id) => Volatile.Read(ref _sent[id]);
    public long AcknowledgedAt(int id) => Volatile.Read(ref _acknowledged[id]);
    public bool IsAcknowledged(int id) => AcknowledgedAt(id) != 0;

    public int AcknowledgedIn(Window window) => Enumerable.Range(0, Taken).Count(id => window.Holds(AcknowledgedAt(id)));

    /// <summary>Milliseconds from the POST's start to its answer, for messages sent in the window.</summary>
    public IEnumerable<double> AcknowledgementsIn(Window window) => SentIn(window).Where(IsAcknowledged)
        .Select(id => Stopwatch.GetElapsedTime(_sent[id], _acknowledged[id]).TotalMilliseconds);

    /// <summary>Milliseconds by which POSTs started late: the error that the generator itself introduces.</summary>
    public IEnumerable<double> LatenessIn(Window window) => SentIn(window)
        .Select(id => Stopwatch.GetElapsedTime(_due[id], _sent[id]).TotalMilliseconds);

    private IEnumerable<int> SentIn(Window window) => Enumerable.Range(0, Taken).Where(id => window.Holds(_sent[id]));
}
