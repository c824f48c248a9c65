using System.Diagnostics.Metrics;
using System.Text.Json;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Operations;

/// <summary>What a node measured since the last request: counts by the steps of <see cref="Durations"/>.</summary>
internal sealed record TimesHint(Dictionary<int, long> WebhookToBrowser, Dictionary<int, long> CommitToFanOut);

/// <summary>
/// Measures how long messages take on this node, for the operations page. It listens to the node's own metrics only while any node
/// requests them, and publishes what it has measured to all nodes; otherwise it costs nothing.
/// </summary>
internal sealed class NodeTimes : IHostedService, IDisposable
{
    /// <summary>The topic on which a node requests all nodes' measurements.</summary>
    public const string RequestTopic = "ops:watch";

    /// <summary>The topic on which nodes publish their measurements.</summary>
    public const string ReportTopic = "ops:times";

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(5);

    private readonly IMeterFactory _meters;
    private readonly NodeBus _bus;
    private readonly ITimer _stopTimer;
    private readonly Lock _lock = new();
    private readonly Durations _webhookToBrowser = new();
    private readonly Durations _commitToFanOut = new();
    private MeterListener? _listener;

    public NodeTimes(IMeterFactory meters, NodeBus bus, TimeProvider time)
    {
        (_meters, _bus) = (meters, bus);
        _stopTimer = time.CreateTimer(_ => Stop(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        bus.Subscribe(RequestTopic, _ => Publish());
    }

    /// <summary>Whether it is measuring.</summary>
    public bool IsOn => _listener is not null;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _stopTimer.Dispose();
        Stop();
    }

    private void Publish()
    {
        _stopTimer.Change(IdleTimeout, Timeout.InfiniteTimeSpan);
        Listen();
        var hint = new TimesHint(_webhookToBrowser.Take(), _commitToFanOut.Take());
        if (hint.WebhookToBrowser.Count + hint.CommitToFanOut.Count > 0) _bus.Publish(ReportTopic, JsonSerializer.Serialize(hint, Wire.Options));
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
        // In tests, several nodes share this process.
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
