namespace PyTake.Bench;

/// <summary>All that one round of one load showed. A second is one of the measured window, a millisecond counts from the POST's start.</summary>
internal sealed record Round
{
    public required char Load { get; init; }
    public required int Number { get; init; }
    public required WebhookFigures Webhooks { get; init; }
    /// <summary>Null for a load without browsers.</summary>
    public required DeliveryFigures? Deliveries { get; init; }
    /// <summary>Of a disturbed load: what each pair of turns showed.</summary>
    public IReadOnlyList<PairFigures> Pairs { get; init; } = [];
    public required StorageFigures Storage { get; init; }
    public required CpuUse Cpu { get; init; }
    /// <summary>The most resident memory that all nodes together had in the window.</summary>
    public required long NodeBytes { get; init; }
    /// <summary>Measured just before the round; null where the disk is elsewhere.</summary>
    public required DiskLatency? Disk { get; init; }

    /// <summary>Is something wrong that must never be?</summary>
    public bool IsFaulty => Webhooks.Refused > 0 || Storage.Faults.Any || Deliveries is { Faults.Any: true } or { Disconnected: > 0 };

    /// <summary>Others took more than 10 % of the processors, or the generator was late itself: figures not to be trusted.</summary>
    public bool IsNoisy => Cpu.OthersShare > 0.1 || Webhooks.LateP99Ms > 10;
}

internal sealed record WebhookFigures(
    int Sent, int Acknowledged, int Refused, string? FirstRefusal, double AcknowledgedPerSecond, double P50Ms, double P99Ms, double LateP99Ms);

/// <param name="PerNodeCpuSecond">Deliveries for one CPU second of the nodes together; 0 where it is unknown.</param>
/// <param name="OtherEventsPerSecond">What else the browsers were told, most of it conversation:updated. It is part of the nodes' work.</param>
internal sealed record DeliveryFigures(
    double PerSecond, double OtherEventsPerSecond, double PerNodeCpuSecond, double P50Ms, double P99Ms, double MaxMs, int Disconnected, Faults Faults);

/// <summary>Of one turn without those that disturb a load, and of the one after it, beside them.</summary>
internal sealed record PairFigures(LatencyFigures Without, LatencyFigures Beside);

/// <param name="Delivered">From the webhook's POST to the browser.</param>
/// <param name="Acknowledged">From the POST to its answer.</param>
internal sealed record LatencyFigures(Latency Delivered, Latency Acknowledged);

internal sealed record Latency(double P50Ms, double P99Ms);

/// <param name="PerSecond">Messages stored and processed, until the last acknowledged one was.</param>
/// <param name="BehindSeconds">How long that took after the last acknowledgement.</param>
/// <param name="TransactionsPerSecond">Committed ones of all nodes, those that only read too.</param>
internal sealed record StorageFigures(
    double PerSecond, double PerNodeCpuSecond, double BehindSeconds, double TransactionsPerSecond, double MessagesPerTransaction,
    double SyncsPerSecond, Faults Faults);

/// <summary>Added up over all readers, the browsers or the database.</summary>
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
