using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Json;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>A node as the others see it.</summary>
/// <param name="Id">Of this start of the node.</param>
/// <param name="Connections">Its clients by endpoint: signalr, socketio.</param>
/// <param name="Rooms">Conversations open there.</param>
/// <param name="Ready">Whether it takes new clients.</param>
/// <param name="Workers">Whether it processes webhooks and sends.</param>
public sealed record NodeInfo(
    string Id, string Name, string Version, DateTime StartedAt, IReadOnlyDictionary<string, int> Connections, int Rooms, bool Ready, bool Workers);

/// <summary>What a node carries.</summary>
/// <param name="Connections">Its clients by endpoint: signalr, socketio.</param>
/// <param name="Rooms">Conversations open there.</param>
public sealed record NodeLoad(IReadOnlyDictionary<string, int> Connections, int Rooms);

/// <summary>Says what this node carries now.</summary>
public delegate NodeLoad ReadNodeLoad();

/// <summary>
/// Which nodes are alive. Each holds a lease in Redis and renews it every second. Without Redis a node knows itself, and the others
/// for as long as their leases would have run.
/// </summary>
public sealed class NodeRegistry : NodeService
{
    private const string Topic = "nodes";
    private static readonly IReadOnlyList<NodeInfo> Nobody = [];

    private readonly RedisLink _link;
    private readonly Channels _channels;
    private readonly NodeIdentity _node;
    private readonly NodeBus _bus;
    private readonly ReadNodeLoad _readLoad;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly Signal _lookNow = new();
    private volatile IReadOnlyList<NodeInfo> _others = Nobody;
    private volatile OwnedPartitions? _ownPartitions;
    private volatile bool _workers;
    private int _isNews = 1;
    private long _readAt;

    /// <summary>Made once for a node.</summary>
    public NodeRegistry(
        RedisLink link, Channels channels, NodeIdentity node, NodeBus bus, ReadNodeLoad readLoad,
        IOptions<BackplaneOptions> options, IOptions<NodeOptions> nodeOptions, TimeProvider time, Supervisor supervisor)
        : base(supervisor)
    {
        (_link, _channels, _node, _bus, _readLoad, _time) = (link, channels, node, bus, readLoad, time);
        (_lease, _workers, Id) = (options.Value.NodeLease, nodeOptions.Value.Workers, node.Id.ToString("N"));
        bus.Subscribe(Topic, _ => _lookNow.Set());
        bus.Restored += _lookNow.Set;
    }

    /// <summary>This node, as <see cref="Owner"/> and <see cref="Live"/> call it.</summary>
    public string Id { get; }

    /// <summary>Whether this node takes new clients.</summary>
    public bool Ready { get; internal set; } = true;

    /// <summary>Whether this node processes webhooks and sends.</summary>
    public bool Works => _workers;

    /// <summary>The nodes alive now, the oldest first; always this one.</summary>
    public IReadOnlyList<NodeInfo> Live
    {
        get
        {
            return [.. Others.Append(Self()).OrderBy(n => n.StartedAt).ThenBy(n => n.Id, StringComparer.Ordinal)];
        }
    }

    /// <summary>A node came, went, or changed what it does. Handlers must not wait.</summary>
    public event Action? Changed;

    /// <summary>
    /// The node that works on a partition: every node that knows the same nodes says the same, and when one comes or goes only its own
    /// partitions move (rendezvous hashing). For a moment two may say different ones; the partition's lock decides.
    /// </summary>
    /// <returns>Its <see cref="NodeInfo.Id"/>; null where no node has workers.</returns>
    public string? Owner(short partition) => Owner(partition, Others);

    /// <summary>The partitions this node works on, as bits.</summary>
    public ulong OwnPartitions()
    {
        var others = Others;
        if (!_workers) return 0;
        if (_ownPartitions is not { } known || known.Of != others) _ownPartitions = known = new(others, Own(others));
        return known.Partitions;
    }

    /// <summary>From now on this node takes no new clients and owns no partitions; the others are told at once.</summary>
    public void Leave()
    {
        (Ready, _workers) = (false, false);
        Volatile.Write(ref _isNews, 1);
        _lookNow.Set();
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _link.Try(redis => redis.KeyDelete(_channels.Node(Id), CommandFlags.FireAndForget));
        _bus.Publish(Topic, Id);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _bus.Restored -= _lookNow.Set;
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [KeepAsync];

    private async Task KeepAsync(CancellationToken stoppingToken)
    {
        var known = Parts();
        while (true)
        {
            var isNews = Interlocked.Exchange(ref _isNews, 0);
            if (await RenewAsync())
            {
                if (isNews == 1) _bus.Publish(Topic, Id);
                await ReadAsync();
            }
            else if (isNews == 1) Volatile.Write(ref _isNews, 1);
            if (!Parts().SetEquals(known)) Changed?.Invoke();
            known = Parts();
            await _lookNow.WaitAsync(_lease / 3, stoppingToken);
        }
    }

    private IReadOnlyList<NodeInfo> Others => _time.GetElapsedTime(Volatile.Read(ref _readAt)) > _lease ? Nobody : _others;

    private NodeInfo Self()
    {
        var (connections, rooms) = _readLoad();
        return new(Id, _node.Name, ProgramVersion.Text, _node.StartedAt, connections, rooms, Ready, _workers);
    }

    private ulong Own(IReadOnlyList<NodeInfo> others)
    {
        var partitions = 0ul;
        for (short partition = 0; partition < Partitions.Count; partition++)
            if (Owner(partition, others) == Id)
                partitions |= 1ul << partition;
        return partitions;
    }

    private string? Owner(short partition, IReadOnlyList<NodeInfo> others)
    {
        var (best, most) = (_workers ? Id : null, _workers ? Weight(Id, partition) : 0);
        foreach (var node in others)
            if (node.Workers && Weight(node.Id, partition) is var weight && (best is null || weight > most))
                (best, most) = (node.Id, weight);
        return best;
    }

    private HashSet<(string, bool, bool)> Parts() => [.. Others.Select(Part), (Id, Ready, _workers)];

    private static (string, bool, bool) Part(NodeInfo node) => (node.Id, node.Ready, node.Workers);

    private async Task<bool> RenewAsync()
    {
        _link.Try(redis =>
        {
            redis.SetAdd(_channels.Nodes, Id, CommandFlags.FireAndForget);
            redis.KeyExpire(_channels.Nodes, _lease * 20, CommandFlags.FireAndForget);
        });
        return (await _link.AskAsync(redis => redis.StringSetAsync(_channels.Node(Id), JsonSerializer.Serialize(Self(), Wire.Options), _lease))).Answered;
    }

    private async Task ReadAsync()
    {
        if (await _link.AskAsync(redis => redis.SetMembersAsync(_channels.Nodes)) is not (true, { } members)) return;
        string[] ids = [.. members.Select(id => id.ToString()).Where(id => id != Id)];
        if (await _link.AskAsync(redis => redis.StringGetAsync([.. ids.Select(id => (RedisKey)_channels.Node(id))])) is not (true, { } nodes)) return;

        var alive = new List<NodeInfo>();
        foreach (var (id, node) in ids.Zip(nodes))
        {
            if (node.IsNull) _link.Try(redis => redis.SetRemove(_channels.Nodes, id, CommandFlags.FireAndForget));
            else if (Parse(node.ToString()) is { Connections: not null } info && info.Id == id) alive.Add(info);
        }
        _others = alive;
        Volatile.Write(ref _readAt, _time.GetTimestamp());
    }

    // A node of another version may say it in another way: then it is not known here, and its partitions' locks decide.
    private static NodeInfo? Parse(string node)
    {
        try
        {
            return JsonSerializer.Deserialize<NodeInfo>(node, Wire.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record OwnedPartitions(IReadOnlyList<NodeInfo> Of, ulong Partitions);

    // FNV-1a, and murmur's last step: without it neighbouring partitions would go to the same node.
    private static ulong Weight(string node, short partition)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in node) hash = (hash ^ letter) * 1099511628211UL;
        hash = (hash ^ (ushort)partition) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        return hash ^ (hash >> 33);
    }
}
