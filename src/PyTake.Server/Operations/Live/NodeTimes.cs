using System.Diagnostics.Metrics;
using System.Text.Json;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Operations;

/// <summary>What a node measured since it was last asked, by <see cref="Durations"/>' steps.</summary>
internal sealed record TimesHint(Dictionary<int, long> WebhookToBrowser, Dictionary<int, long> CommitToFanOut);

/// <summary>
/// How long messages took on this node, for operators who look on. It listens to the node's own metrics while somebody on any node
/// asks, and tells all nodes what it heard since; otherwise it costs nothing.
/// </summary>
internal sealed class NodeTimes : IHostedService, IDisposable
{
    /// <summary>Asks every node to tell.</summary>
    public const string Asked = "ops:watch";

    /// <summary>A node tells.</summary>
    public const string Told = "ops:times";

    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(5);

    private readonly IMeterFactory _meters;
    private readonly NodeBus _bus;
    private readonly ITimer _end;
    private readonly Lock _lock = new();
    private readonly Durations _webhookToBrowser = new();
    private readonly Durations _commitToFanOut = new();
    private MeterListener? _listener;

    public NodeTimes(IMeterFactory meters, NodeBus bus, TimeProvider time)
    {
        (_meters, _bus) = (meters, bus);
        _end = time.CreateTimer(_ => Stop(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        bus.Subscribe(Asked, _ => Tell());
    }

    /// <summary>Whether it listens now.</summary>
    public bool IsOn => _listener is not null;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _end.Dispose();
        Stop();
    }

    private void Tell()
    {
        _end.Change(Forgotten, Timeout.InfiniteTimeSpan);
        Listen();
        var hint = new TimesHint(_webhookToBrowser.Take(), _commitToFanOut.Take());
        if (hint.WebhookToBrowser.Count + hint.CommitToFanOut.Count > 0) _bus.Publish(Told, JsonSerializer.Serialize(hint, Wire.Options));
    }

    private void Listen()
    {
        lock (_lock)
        {
            if (_listener is not null) return;
            _listener = new MeterListener { InstrumentPublished = Choose };
            _listener.SetMeasurementEventCallback<double>((_, seconds, _, durations) => ((Durations)durations!).Add(seconds));
            _listener.Start();
        }
    }

    private void Choose(Instrument instrument, MeterListener listener)
    {
        // Another node may live in this process.
        if (!ReferenceEquals(instrument.Meter.Scope, _meters)) return;
        var durations = instrument.Name switch
        {
            "pytake.webhooks.process.lag" => _webhookToBrowser,
            "pytake.realtime.fan_out.duration" => _commitToFanOut,
            _ => null,
        };
        if (durations is not null) listener.EnableMeasurementEvents(instrument, durations);
    }

    private void Stop()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }
}
