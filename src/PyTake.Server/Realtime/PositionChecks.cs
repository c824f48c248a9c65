using System.Diagnostics;
using Microsoft.Extensions.Options;
using PyTake.Backplane;

namespace PyTake.Realtime;

/// <summary>How long to wait between comparisons with the database: less while Redis is away, and until a moment after it is back.</summary>
internal sealed class PositionChecks
{
    private readonly NodeBus _bus;
    private readonly RealtimeOptions _options;
    private long _restoredAt;

    public PositionChecks(NodeBus bus, IOptions<RealtimeOptions> options)
    {
        (_bus, _options) = (bus, options.Value);
        // Channels come back one after another, and what was published before a channel was there is lost as well.
        bus.Restored += () => Volatile.Write(ref _restoredAt, Stopwatch.GetTimestamp());
    }

    public TimeSpan Pause()
        => _bus.Connected && Stopwatch.GetElapsedTime(Volatile.Read(ref _restoredAt)) > _options.PositionCheck ? _options.PositionCheck : _options.PositionCheckAlone;
}
