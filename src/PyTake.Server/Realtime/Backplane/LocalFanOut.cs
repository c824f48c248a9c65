using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>The hub's connections on this node, their groups, and writing to them alone.</summary>
public sealed partial class LocalFanOut(
    RoomStreams streams, IOptions<BackplaneOptions> options, BackplaneMetrics metrics, ILogger<LocalFanOut> logger)
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
        if (_groups.TryGetValue(group, out var found)) found.Write(HubFrame.Of(method, argument), except);
    }

    internal void Send(string group, HubFrame frame)
    {
        if (_groups.TryGetValue(group, out var found)) found.Write(frame);
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

    internal LocalConnection? Find(string connectionId) => _connections.GetValueOrDefault(connectionId);

    internal LocalGroup? FindGroup(string group) => _groups.GetValueOrDefault(group);

    internal LocalConnection Add(HubConnectionContext context)
        => _connections[context.ConnectionId] = new LocalConnection(context, options.Value, TooSlow);

    /// <summary>Makes a connection a member of a group, and the group where it is the first.</summary>
    /// <param name="listen">Hears other nodes; called for the group's first member, while no other can come or go.</param>
    /// <returns>Null where the connection has gone.</returns>
    internal LocalGroup? Join(LocalConnection connection, string name, Func<LocalGroup, Task> listen)
    {
        lock (_membership)
        {
            // Gone meanwhile: it would stay in the group for good.
            if (!_connections.ContainsKey(connection.Id)) return null;
            if (_groups.TryGetValue(name, out var group))
            {
                if (connection.Groups.Add(name)) group.Add(connection);
                return group;
            }
            group = Rooms.TryGetConversation(name, out var conversation) ? streams.Open(conversation) : new LocalGroup(name, metrics);
            group.Add(connection);
            connection.Groups.Add(name);
            group.Opened = OpenAsync(group, listen);
            _groups[name] = group;
            return group;
        }
    }

    /// <summary>Ends a connection's membership, and the group where it is the last.</summary>
    /// <param name="stopListening">Called for a group that has no more members, before it can come back; must not wait.</param>
    internal void Leave(LocalConnection connection, string name, Action<LocalGroup> stopListening)
    {
        lock (_membership) LeaveLocked(connection, name, stopListening);
    }

    internal void Remove(LocalConnection connection, Action<LocalGroup> stopListening)
    {
        lock (_membership)
        {
            _connections.TryRemove(connection.Id, out _);
            foreach (var name in connection.Groups.ToArray()) LeaveLocked(connection, name, stopListening);
        }
    }

    // A room's stream begins where the database stands after other nodes are heard, so that nothing falls between the two.
    private async Task OpenAsync(LocalGroup group, Func<LocalGroup, Task> listen)
    {
        await listen(group);
        if (group is RoomStream stream) await streams.BeginAsync(stream);
    }

    private void LeaveLocked(LocalConnection connection, string name, Action<LocalGroup> stopListening)
    {
        if (!connection.Groups.Remove(name) || !_groups.TryGetValue(name, out var group)) return;
        group.Remove(connection);
        if (group.Count > 0) return;
        _groups.TryRemove(name, out _);
        stopListening(group);
        if (group is RoomStream stream) streams.Close(stream);
    }

    private void TooSlow(LocalConnection connection)
    {
        metrics.BacklogClosed();
        LogTooSlow(connection.Id);
    }

    [LoggerMessage(7010, LogLevel.Warning, "Connection {ConnectionId} does not keep up and is closed")]
    private partial void LogTooSlow(string connectionId);
}
