using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Npgsql;
using PyTake.Hosting;
using PyTake.Json;
using PyTake.Nodes;
using PyTake.WhatsApp.Outbound;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.Operations;

/// <summary>
/// Takes a snapshot of operations each second while there are listeners, and shares it among all listeners of this node. If the database
/// is slow it takes snapshots less often, so that monitoring never becomes the load.
/// </summary>
internal sealed partial class OperationsFeed : NodeService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(2);

    private readonly NodeRegistry _nodes;
    private readonly NodeIdentity _node;
    private readonly NodeBus _bus;
    private readonly WebhookItemStore _items;
    private readonly WaitingWorkStore _waiting;
    private readonly OutboundStore _outbound;
    private readonly TimeProvider _time;
    private readonly ILogger<OperationsFeed> _logger;
    private readonly ConcurrentDictionary<Channel<OperationsSnapshot>, bool> _listeners = new();
    private readonly Signal _watched = new();
    private readonly Durations _webhookToBrowser = new();
    private readonly Durations _commitToFanOut = new();
    private volatile OperationsSnapshot? _latest;
    private bool _isAway;

    public OperationsFeed(
        NodeRegistry nodes, NodeIdentity node, NodeBus bus, WebhookItemStore items, WaitingWorkStore waiting, OutboundStore outbound,
        TimeProvider time, Supervisor supervisor, ILogger<OperationsFeed> logger) : base(supervisor)
    {
        (_nodes, _node, _bus, _items, _waiting, _outbound, _time, _logger) = (nodes, node, bus, items, waiting, outbound, time, logger);
        bus.Subscribe(NodeTimes.ReportTopic, AddTimes);
    }

    /// <summary>Whether snapshots are being taken.</summary>
    public bool IsOn => _latest is not null;

    /// <summary>Streams snapshots, beginning with the latest one if there is one. A slow listener misses some.</summary>
    public async IAsyncEnumerable<OperationsSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<OperationsSnapshot>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        _listeners[channel] = true;
        try
        {
            if (_latest is { } latest) channel.Writer.TryWrite(latest);
            _watched.Set();
            await foreach (var snapshot in channel.Reader.ReadAllAsync(cancellationToken)) yield return snapshot;
        }
        finally
        {
            _listeners.TryRemove(channel, out _);
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [SampleAsync];

    private async Task SampleAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (_listeners.IsEmpty) await _watched.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
            while (!_listeners.IsEmpty)
            {
                var began = _time.GetTimestamp();
                _latest = await TakeAsync(stoppingToken);
                foreach (var listener in _listeners.Keys) listener.Writer.TryWrite(_latest);
                var rest = 5 * _time.GetElapsedTime(began);
                await Task.Delay(rest > Interval ? rest : Interval, _time, stoppingToken);
            }
            _latest = null;
        }
    }

    private void AddTimes(string text)
    {
        if (_listeners.IsEmpty) return;
        var hint = JsonSerializer.Deserialize<TimesHint>(text, Wire.Options)!;
        _webhookToBrowser.Add(hint.WebhookToBrowser);
        _commitToFanOut.Add(hint.CommitToFanOut);
    }

    // This node publishes its times at once; those of the other nodes arrive later and are in the next snapshot.
    private async Task<OperationsSnapshot> TakeAsync(CancellationToken cancellationToken)
    {
        _bus.Publish(NodeTimes.RequestTopic, _node.Name);
        var (partitions, items, outbound) = await LookAsync(cancellationToken);
        return new OperationsSnapshot(
            _time.GetUtcNow().UtcDateTime, _node.Name, _nodes.Live, new MessageTimes(Summary(_webhookToBrowser), Summary(_commitToFanOut)),
            partitions, items, outbound);
    }

    private async Task<(IReadOnlyList<PartitionInfo>?, ItemCounts?, OutboundSummary?)> LookAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(QueryTimeout);
        try
        {
            var partitions = await _items.PartitionsAsync(timeout.Token);
            var work = await _waiting.LookAsync(timeout.Token);
            var outbound = await _outbound.SummaryAsync(timeout.Token);
            _isAway = false;
            return (partitions, new ItemCounts(work.Items, work.Retry, work.Parked, work.Dead), outbound);
        }
        catch (Exception exception) when (
            exception is NpgsqlException or OperationCanceledException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            if (!_isAway) LogAway(exception);
            _isAway = true;
            return default;
        }
    }

    private static TimeSummary Summary(Durations durations)
    {
        var counts = durations.Take();
        return new TimeSummary(counts.Values.Sum(), Durations.Percentile(counts, 0.5), Durations.Percentile(counts, 0.99));
    }

    [LoggerMessage(4010, LogLevel.Warning, "Operators see no queues, because the database does not answer in time")]
    private partial void LogAway(Exception exception);
}
