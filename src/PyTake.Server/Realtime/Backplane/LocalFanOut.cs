using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>The connections of a hub on this node, their groups, and writing to them alone.</summary>
public sealed partial class LocalFanOut<THub>(IOptions<BackplaneOptions> options, BackplaneMetrics metrics, ILogger<LocalFanOut<THub>> logger)
    where THub : Hub
{
    // Shorter, and a timer's own cost would be more than that of a write to a browser.
    private static readonly TimeSpan ShortestTurn = TimeSpan.FromMilliseconds(4);

    private readonly ConcurrentDictionary<string, LocalConnection> _connections = new();
    private readonly ConcurrentDictionary<string, LocalGroup> _groups = new();
    private readonly Lock _membership = new();

    /// <summary>How many connections of this node are in a group.</summary>
    public int CountIn(string group) => _groups.TryGetValue(group, out var found) ? found.Count : 0;

    /// <summary>Bytes that wait for browsers which do not keep up.</summary>
    public long WaitingBytes => _connections.Values.Sum(connection => connection.WaitingBytes);

    /// <summary>The ids of the connections of this node that are in a group.</summary>
    public IEnumerable<string> MembersOf(string group) => _groups.TryGetValue(group, out var found) ? found.Members.Select(m => m.Id) : [];

    /// <summary>An event to the group's members on this node; the other nodes tell theirs themselves.</summary>
    /// <param name="except">A connection that does not get it.</param>
    public void Send<T>(string group, string method, T argument, string? except = null)
    {
        if (_groups.TryGetValue(group, out var found)) found.Write(HubFrame.Of(method, argument), except is null ? [] : [except]);
    }

    internal void Send(string group, HubFrame frame)
    {
        if (_groups.TryGetValue(group, out var found)) found.Write(frame, []);
    }

    /// <summary>Writes to the group's members here a few at a time, so that everything else may be written in between.</summary>
    /// <param name="write">Writes to these few, and says how many events that were.</param>
    /// <param name="within">About how long it may take.</param>
    internal async Task SendInTurnsAsync(string group, Func<ArraySegment<LocalConnection>, int> write, TimeSpan within, CancellationToken cancellationToken)
    {
        if (!_groups.TryGetValue(group, out var found)) return;
        var members = found.Members;
        var few = (int)Math.Min(members.Length, Math.Ceiling(members.Length * (ShortestTurn / within)));
        var turn = within * few / Math.Max(1, members.Length);
        for (var i = 0; i < members.Length; i += few)
        {
            if (i > 0) await Task.Delay(turn, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested) return;
            metrics.Delivered(write(new(members, i, Math.Min(few, members.Length - i))));
        }
    }

    internal void Deliver(string group, HubFrame frame, IReadOnlyCollection<string> excluded)
    {
        if (_groups.TryGetValue(group, out var found)) found.Deliver(frame, excluded);
    }

    internal void SendAll(HubFrame frame, IReadOnlyCollection<string> excluded)
    {
        foreach (var (id, connection) in _connections)
            if (excluded.Count == 0 || !excluded.Contains(id))
                connection.Write(frame);
        metrics.Delivered(_connections.Count * frame.Count);
    }

    internal LocalConnection? Find(string connectionId) => _connections.GetValueOrDefault(connectionId);

    internal LocalGroup? FindGroup(string group) => _groups.GetValueOrDefault(group);

    internal LocalConnection Add(HubConnectionContext context)
        => _connections[context.ConnectionId] = new LocalConnection(context, options.Value, TooSlow);

    /// <param name="open">Called for the group's first member, before anybody else can come or go; must not wait.</param>
    internal LocalGroup? Join(LocalConnection connection, string name, Func<LocalGroup, Task> open)
    {
        lock (_membership)
        {
            // Gone meanwhile: nobody would ever take it out of the group.
            if (!_connections.ContainsKey(connection.Id)) return null;
            if (_groups.TryGetValue(name, out var group))
            {
                if (connection.Groups.Add(name)) group.Add(connection);
                return group;
            }
            group = new LocalGroup(name, metrics);
            group.Add(connection);
            connection.Groups.Add(name);
            group.Opened = open(group);
            _groups[name] = group;
            return group;
        }
    }

    /// <param name="close">Called for a group without members, before it can come back; must not wait.</param>
    internal void Leave(LocalConnection connection, string name, Action<LocalGroup> close)
    {
        lock (_membership) LeaveLocked(connection, name, close);
    }

    internal void Remove(LocalConnection connection, Action<LocalGroup> close)
    {
        lock (_membership)
        {
            _connections.TryRemove(connection.Id, out _);
            foreach (var name in connection.Groups.ToArray()) LeaveLocked(connection, name, close);
        }
    }

    private void LeaveLocked(LocalConnection connection, string name, Action<LocalGroup> close)
    {
        if (!connection.Groups.Remove(name) || !_groups.TryGetValue(name, out var group)) return;
        group.Remove(connection);
        if (group.Count > 0) return;
        _groups.TryRemove(name, out _);
        close(group);
    }

    private void TooSlow(LocalConnection connection)
    {
        metrics.BacklogClosed();
        BackplaneLog.TooSlow(logger, connection.Id);
    }
}

internal static partial class BackplaneLog
{
    [LoggerMessage(7010, LogLevel.Warning, "Connection {ConnectionId} does not keep up and is closed")]
    public static partial void TooSlow(ILogger logger, string connectionId);

    [LoggerMessage(7011, LogLevel.Warning, "A message of another node could not be read")]
    public static partial void Unreadable(ILogger logger, Exception? exception);
}
