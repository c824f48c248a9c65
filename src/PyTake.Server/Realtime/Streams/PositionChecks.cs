using System.Diagnostics;
using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Schedules comparisons with the database: every few seconds; at once when Redis is lost or restored; and every second while it is
/// unreachable and shortly afterwards.
/// </summary>
internal sealed class PositionChecks : IDisposable
{
    private readonly NodeBus _bus;
    private readonly RealtimeOptions _options;
    private readonly Signal _now = new();
    private long _restoredAt = Stopwatch.GetTimestamp();

    public PositionChecks(NodeBus bus, IOptions<RealtimeOptions> options)
    {
        (_bus, _options) = (bus, options.Value);
        bus.Lost += _now.Set;
        bus.Restored += Restored;
    }

    /// <summary>Waits until the next comparison is due.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _now.WaitAsync(Pause(), cancellationToken);

    public void Dispose()
    {
        _bus.Lost -= _now.Set;
        _bus.Restored -= Restored;
    }

    private void Restored()
    {
        Volatile.Write(ref _restoredAt, Stopwatch.GetTimestamp());
        _now.Set();
    }

    // Subscriptions are restored one after another, and what was published before that is lost as well.
    private TimeSpan Pause()
        => _bus.Connected && Stopwatch.GetElapsedTime(Volatile.Read(ref _restoredAt)) > _options.PositionCheck
            ? _options.PositionCheck
            : _options.PositionCheckAlone;
}
