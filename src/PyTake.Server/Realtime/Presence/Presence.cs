using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Database;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Knows who is online, on any node. A node holds a lease in Redis for each of its users and renews it. A killed node's leases expire.
/// When a user's last connection ends the node only stops renewing, so that reloading the page does not show as offline and online.
/// While Redis is unreachable no user is reported offline, because the node cannot know.
/// </summary>
public sealed partial class Presence : NodeService
{
    private const string Topic = "presence";
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly PresenceLeases _leases;
    private readonly ChatSockets _sockets;
    private readonly LocalFanOut _local;
    private readonly NodeBus _bus;
    private readonly UserStore _users;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly ILogger<Presence> _logger;
    private readonly ConcurrentDictionary<Guid, View> _views = new();
    private readonly ConcurrentDictionary<Guid, DateTime> _lastSeen = new();
    private long _unsettledAt;
    private long _renewedAt;

    /// <summary>One instance per node.</summary>
    public Presence(
        PresenceLeases leases, ChatSockets sockets, LocalFanOut local, NodeBus bus, UserStore users,
        IOptions<RealtimeOptions> options, TimeProvider time, Supervisor supervisor, ILogger<Presence> logger) : base(supervisor)
    {
        (_leases, _sockets, _local, _bus, _users, _time, _logger) = (leases, sockets, local, bus, users, time, logger);
        _lease = options.Value.PresenceLease;
        _unsettledAt = time.GetTimestamp();
        bus.Subscribe(Topic, OnMessage);
        bus.Restored += Restore;
    }

    /// <summary>The users of an organization who are online, as of about a second ago.</summary>
    /// <remarks>Waits for Redis when this node has no users of the organization yet; otherwise answers from memory.</remarks>
    public async ValueTask<IReadOnlySet<Guid>> OnlineInAsync(Guid organizationId)
    {
        var view = ViewOf(organizationId);
        await LoadAsync(view);
        return view.Online;
    }

    /// <summary>Call when a connection of a user was accepted.</summary>
    /// <returns>Who is online now, including the user.</returns>
    public async Task<PresenceSnapshot> ConnectedAsync(Guid userId, Guid organizationId)
    {
        var view = ViewOf(organizationId);
        _leases.Renew(organizationId, [userId], RenewedLease);
        await LoadAsync(view);
        if (Add(view, userId)) _bus.Publish(Topic, $"{organizationId}:{userId}");
        return new PresenceSnapshot([.. view.Online.Select(id => UserStatusEvent.Of(id, online: true))]);
    }

    /// <summary>Call when a user's last connection here ended. They go offline unless a node renews their lease before it expires.</summary>
    public void Disconnected(Guid userId, Guid organizationId)
    {
        _leases.Renew(organizationId, [userId], _lease);
        _lastSeen[userId] = _time.UtcNow();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _bus.Restored -= Restore;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SaveLastSeenAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [KeepAsync];

    private async Task KeepAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_lease / 10);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (_bus.Connected)
            {
                await RenewAsync();
                await ReadAsync();
            }
            await SaveLastSeenAsync(stoppingToken);
        }
    }

    // Every node has had time to renew its leases since Redis came back or accepts writes again.
    internal bool IsSettled => _time.GetElapsedTime(Volatile.Read(ref _unsettledAt)) >= RenewedLease;

    // Renewed every third of a lease, for four thirds: a killed node's users stay online for at least a full lease after it died.
    private TimeSpan RenewedLease => _lease * 4 / 3;

    private void OnMessage(string text)
    {
        if (text.Split(':') is [var organization, var user] && Guid.TryParse(organization, out var id) && Guid.TryParse(user, out var userId)
            && _views.TryGetValue(id, out var view) && view.IsLoaded)
            Add(view, userId);
    }

    private void Restore()
    {
        Volatile.Write(ref _unsettledAt, _time.GetTimestamp());
        Volatile.Write(ref _renewedAt, 0);
    }

    private async Task RenewAsync()
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _renewedAt)) < _lease / 3) return;
        Volatile.Write(ref _renewedAt, _time.GetTimestamp());
        var taken = true;
        foreach (var organization in _views.Keys)
            if (_sockets.UsersIn(organization) is { Count: > 0 } users)
                taken &= await _leases.RenewAsync(organization, users, RenewedLease);
        // A Redis that is full, or a replica, answers but stores nothing: other nodes' leases will be missing as well.
        if (!taken) Volatile.Write(ref _unsettledAt, _time.GetTimestamp());
    }

    private async Task ReadAsync()
    {
        foreach (var (organization, view) in _views)
        {
            var (members, asked) = (_local.CountIn(Rooms.Organization(organization)), _time.GetTimestamp());
            if (members == 0 && _time.GetElapsedTime(view.AskedAt) > Remembered) _views.TryRemove(organization, out _);
            else if (await _leases.ReadAsync(organization) is { } online) Apply(view, online, asked);
        }
    }

    private async ValueTask LoadAsync(View view)
    {
        if (view.IsLoaded) return;
        var asked = _time.GetTimestamp();
        if (await _leases.ReadAsync(view.Organization) is { } online) Apply(view, online, asked);
    }

    private void Apply(View view, ImmutableHashSet<Guid> online, long asked)
    {
        online = online.Union(_sockets.UsersIn(view.Organization));
        ImmutableHashSet<Guid> before;
        lock (view)
        {
            // Redis may have come back empty, so a missing lease proves nothing yet; nor does it for users who came online during the read.
            online = online.Union(IsSettled ? view.OnlineAfter(asked) : view.Online);
            (before, view.Online, view.IsLoaded) = (view.Online, online, true);
        }
        foreach (var user in online.Except(before)) Announce(view, user, online: true);
        foreach (var user in before.Except(online)) Announce(view, user, online: false);
    }

    private bool Add(View view, Guid userId)
    {
        lock (view)
        {
            if (view.Online.Contains(userId)) return false;
            view.Online = view.Online.Add(userId);
            view.OnlineSince[userId] = _time.GetTimestamp();
        }
        Announce(view, userId, online: true);
        return true;
    }

    private void Announce(View view, Guid userId, bool online)
        => _local.Send(Rooms.Organization(view.Organization), ChatEvents.UserStatus, UserStatusEvent.Of(userId, online));

    private View ViewOf(Guid organizationId)
    {
        var view = _views.GetOrAdd(organizationId, id => new View(id));
        view.AskedAt = _time.GetTimestamp();
        return view;
    }

    private async Task SaveLastSeenAsync(CancellationToken cancellationToken)
    {
        var seen = _lastSeen.ToArray();
        if (seen.Length == 0) return;
        try
        {
            await _users.SaveLastSeenAsync(seen, cancellationToken);
            foreach (var entry in seen) _lastSeen.TryRemove(entry);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotSaved(exception);
        }
    }

    private sealed class View(Guid organization)
    {
        public Guid Organization => organization;
        public ImmutableHashSet<Guid> Online { get; set; } = [];
        public bool IsLoaded { get; set; }
        public long AskedAt { get; set; }
        public Dictionary<Guid, long> OnlineSince { get; } = [];

        /// <summary>Users who came online after a moment; forgets the earlier ones.</summary>
        public IEnumerable<Guid> OnlineAfter(long moment)
        {
            foreach (var (user, at) in OnlineSince)
                if (at < moment)
                    OnlineSince.Remove(user);
            return OnlineSince.Keys;
        }
    }

    [LoggerMessage(2050, LogLevel.Warning, "Users' last seen times could not be stored")]
    private partial void LogNotSaved(Exception exception);
}
