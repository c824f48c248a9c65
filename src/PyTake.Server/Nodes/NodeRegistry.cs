using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Json;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>A node as the others see it.</summary>
/// <param name="Id">New with each start of the node.</param>
/// <param name="Connections">Its clients by endpoint: signalr, socketio.</param>
/// <param name="Rooms">Conversations open there.</param>
/// <param name="Ready">Whether it accepts new clients.</param>
/// <param name="Workers">Whether it processes webhooks and sends.</param>
public sealed record NodeInfo(
    string Id, string Name, string Version, DateTime StartedAt, IReadOnlyDictionary<string, int> Connections, int Rooms, bool Ready, bool Workers);

/// <summary>A node's current load.</summary>
/// <param name="Connections">Its clients by endpoint: signalr, socketio.</param>
/// <param name="Rooms">Conversations open there.</param>
public sealed record NodeLoad(IReadOnlyDictionary<string, int> Connections, int Rooms);

/// <summary>Reads this node's current load.</summary>
public delegate NodeLoad ReadNodeLoad();

/// <summary>
/// Knows which nodes are alive. Each holds a lease in Redis and renews it every second. Without Redis a node knows only itself, and the
/// others until their leases would have expired.
/// </summary>
public sealed class NodeRegistry : NodeService
{
    private const string Topic = "nodes";
    private static readonly IReadOnlyList<NodeInfo> NoNodes = [];

    private readonly RedisLink _link;
    private readonly Channels _channels;
    private readonly NodeIdentity _node;
    private readonly NodeBus _bus;
    private readonly ReadNodeLoad _readLoad;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly Signal _checkNow = new();
    private volatile IReadOnlyList<NodeInfo> _others = NoNodes;
    private volatile OwnedPartitions? _ownPartitions;
    private volatile bool _workers;
    private int _isNews = 1;
    private long _readAt;

    /// <summary>One instance per node.</summary>
    public NodeRegistry(
        RedisLink link, Channels channels, NodeIdentity node, NodeBus bus, ReadNodeLoad readLoad,
        IOptions<BackplaneOptions> options, IOptions<NodeOptions> nodeOptions, TimeProvider time, Supervisor supervisor)
        : base(supervisor)
    {
        (_link, _channels, _node, _bus, _readLoad, _time) = (link, channels, node, bus, readLoad, time);
        (_lease, _workers, Id) = (options.Value.NodeLease, nodeOptions.Value.Workers, node.Id.ToString("N"));
        bus.Subscribe(Topic, _ => _checkNow.Set());
        bus.Restored += _checkNow.Set;
    }

    /// <summary>This node's id, as in <see cref="Owner"/> and <see cref="Live"/>.</summary>
    public string Id { get; }

    /// <summary>Whether this node accepts new clients.</summary>
    public bool Ready { get; internal set; } = true;

    /// <summary>Whether this node processes webhooks and sends.</summary>
    public bool Works => _workers;

    /// <summary>The live nodes, oldest first; always includes this one.</summary>
    public IReadOnlyList<NodeInfo> Live
    {
        get
        {
            return [.. Others.Append(Self()).OrderBy(n => n.StartedAt).ThenBy(n => n.Id, StringComparer.Ordinal)];
        }
    }

    /// <summary>A node appeared, disappeared, or changed its role. Handlers must not wait.</summary>
    public event Action? Changed;

    /// <summary>
    /// The node that owns a partition. All nodes that know of the same nodes agree, and when a node appears or disappears only its own
    /// partitions move (rendezvous hashing). For a moment two nodes may disagree; the partition's lock decides then.
    /// </summary>
    /// <returns>Its <see cref="NodeInfo.Id"/>; null if no node has workers.</returns>
    public string? Owner(short partition) => Owner(partition, Others);

    /// <summary>The partitions this node owns, as bits.</summary>
    public ulong OwnPartitions()
    {
        var others = Others;
        if (!_workers) return 0;
        if (_ownPartitions is not { } known || known.Of != others) _ownPartitions = known = new(others, Own(others));
        return known.Partitions;
    }

    /// <summary>From now on this node accepts no new clients and owns no partitions; the other nodes are notified at once.</summary>
    public void Leave()
    {
        (Ready, _workers) = (false, false);
        Volatile.Write(ref _isNews, 1);
        _checkNow.Set();
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
        _bus.Restored -= _checkNow.Set;
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
            await _checkNow.WaitAsync(_lease / 3, stoppingToken);
        }
    }

    private IReadOnlyList<NodeInfo> Others => _time.GetElapsedTime(Volatile.Read(ref _readAt)) > _lease ? NoNodes : _others;

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
        return (await _link.QueryAsync(redis => redis.StringSetAsync(_channels.Node(Id), JsonSerializer.Serialize(Self(), Wire.Options), _lease))).Answered;
    }

    private async Task ReadAsync()
    {
        if (await _link.QueryAsync(redis => redis.SetMembersAsync(_channels.Nodes)) is not (true, { } members)) return;
        string[] ids = [.. members.Select(id => id.ToString()).Where(id => id != Id)];
        if (await _link.QueryAsync(redis => redis.StringGetAsync([.. ids.Select(id => (RedisKey)_channels.Node(id))])) is not (true, { } nodes)) return;

        var alive = new List<NodeInfo>();
        foreach (var (id, node) in ids.Zip(nodes))
        {
            if (node.IsNull) _link.Try(redis => redis.SetRemove(_channels.Nodes, id, CommandFlags.FireAndForget));
            else if (Parse(node.ToString()) is { Connections: not null } info && info.Id == id) alive.Add(info);
        }
        _others = alive;
        Volatile.Write(ref _readAt, _time.GetTimestamp());
    }

    // A node of another version may use another format. It is then unknown here, and its partitions' locks decide.
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

    // FNV-1a with MurmurHash's final mix: without it neighbouring partitions would go to the same node.
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
