namespace PyTake.Bench;

/// <summary>The results of one round of one load. Rates are per second of the measured window; latencies count from the POST's start.</summary>
internal sealed record Round
{
    public required char Load { get; init; }
    public required int Number { get; init; }
    public required WebhookFigures Webhooks { get; init; }
    /// <summary>Null for a load without browsers.</summary>
    public required DeliveryFigures? Deliveries { get; init; }
    /// <summary>For a disturbed load: the results of each pair of turns.</summary>
    public IReadOnlyList<PairFigures> Pairs { get; init; } = [];
    public required StorageFigures Storage { get; init; }
    public required CpuUse Cpu { get; init; }
    /// <summary>The most resident memory that all nodes together had in the window.</summary>
    public required long NodeBytes { get; init; }
    /// <summary>Measured just before the round; null if the disk is on another machine.</summary>
    public required DiskLatency? Disk { get; init; }

    /// <summary>Whether a promise was broken: something was refused, lost, duplicated, misordered, misrouted or disconnected.</summary>
    public bool IsFaulty => Webhooks.Refused > 0 || Storage.Faults.Any || Deliveries is { Faults.Any: true } or { Disconnected: > 0 };

    /// <summary>Other processes took more than 10 % of the processors, or the generator itself was late: the figures cannot be trusted.</summary>
    public bool IsNoisy => Cpu.OthersShare > 0.1 || Webhooks.LateP99Ms > 10;
}

internal sealed record WebhookFigures(
    int Sent, int Acknowledged, int Refused, string? FirstRefusal, double AcknowledgedPerSecond, double P50Ms, double P99Ms, double LateP99Ms);

/// <param name="PerNodeCpuSecond">Deliveries per CPU second of all nodes together; 0 if unknown.</param>
/// <param name="OtherEventsPerSecond">Other events that browsers received, mostly conversation:updated. They are part of the nodes' work.</param>
internal sealed record DeliveryFigures(
    double PerSecond, double OtherEventsPerSecond, double PerNodeCpuSecond, double P50Ms, double P99Ms, double MaxMs, int Disconnected, Faults Faults);

/// <summary>One turn without the disturbers, and the next one with them.</summary>
internal sealed record PairFigures(LatencyFigures Without, LatencyFigures Beside);

/// <param name="Delivered">From the webhook's POST to the browser.</param>
/// <param name="Acknowledged">From the POST to its answer.</param>
internal sealed record LatencyFigures(Latency Delivered, Latency Acknowledged);

internal sealed record Latency(double P50Ms, double P99Ms);

/// <param name="PerSecond">Messages stored and processed, measured until the last acknowledged one was stored.</param>
/// <param name="BehindSeconds">How long after the last acknowledgement that was.</param>
/// <param name="TransactionsPerSecond">Commits of all nodes, including read-only ones.</param>
internal sealed record StorageFigures(
    double PerSecond, double PerNodeCpuSecond, double BehindSeconds, double TransactionsPerSecond, double MessagesPerTransaction,
    double SyncsPerSecond, Faults Faults);

/// <summary>Totals over all readers (the browsers, or the database).</summary>
internal sealed record Faults(int Lost, int Duplicated, int OutOfOrder, int Misrouted)
{
    public bool Any => (Lost | Duplicated | OutOfOrder | Misrouted) != 0;

    public static Faults Of(IReadOnlyCollection<Reader> readers) => new(
        readers.Sum(reader => reader.Lost()),
        readers.Sum(reader => reader.Duplicated),
        readers.Sum(reader => reader.OutOfOrder),
        readers.Sum(reader => reader.Misrouted));

    public static Faults operator +(Faults one, Faults other) => new(
        one.Lost + other.Lost, one.Duplicated + other.Duplicated, one.OutOfOrder + other.OutOfOrder, one.Misrouted + other.Misrouted);
}
