using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>The hub's connections on this node and their groups. Writes to this node's connections only.</summary>
public sealed partial class LocalFanOut(
    RoomStreams streams, IOptions<BackplaneOptions> options, BackplaneMetrics metrics, ILogger<LocalFanOut> logger)
{
    private readonly ConcurrentDictionary<string, LocalConnection> _connections = new();
    private readonly ConcurrentDictionary<string, LocalGroup> _groups = new();
    private readonly Lock _membership = new();

    /// <summary>How many connections of this node are in a group.</summary>
    public int CountIn(string group) => _groups.TryGetValue(group, out var found) ? found.Count : 0;

    /// <summary>Bytes in the backlogs of all connections.</summary>
    public long WaitingBytes => _connections.Values.Sum(connection => connection.WaitingBytes);

    /// <summary>The ids of the connections of this node that are in a group.</summary>
    public IEnumerable<string> MembersOf(string group) => _groups.TryGetValue(group, out var found) ? found.Members.Select(m => m.Id) : [];

    /// <summary>Sends an event to the group's members on this node; other nodes notify theirs themselves.</summary>
    /// <param name="except">A connection that does not receive it.</param>
    public void Send<T>(string group, string method, T argument, string? except = null)
    {
        if (_groups.TryGetValue(group, out var found)) found.Write(HubFrame.Of(method, argument), except);
    }

    internal void Send(string group, HubFrame frame)
    {
        if (_groups.TryGetValue(group, out var found)) found.Write(frame);
    }

    internal void Write(LocalConnection connection, HubFrame frame)
    {
        connection.Write(frame);
        metrics.Delivered(frame.Count);
    }

    internal LocalConnection? Find(string connectionId) => _connections.GetValueOrDefault(connectionId);

    internal LocalGroup? FindGroup(string group) => _groups.GetValueOrDefault(group);

    internal LocalConnection Add(HubConnectionContext context)
        => _connections[context.ConnectionId] = new LocalConnection(context, options.Value, TooSlow);

    /// <summary>Adds a connection to a group; creates the group for its first member.</summary>
    /// <param name="listen">Subscribes to other nodes; called for the first member of a group that is not local, under the membership lock.</param>
    /// <returns>Null if the connection has ended.</returns>
    internal LocalGroup? Join(LocalConnection connection, string name, Func<LocalGroup, Task> listen)
    {
        lock (_membership)
        {
            // An ended connection would never be removed from the group.
            if (!_connections.ContainsKey(connection.Id)) return null;
            if (_groups.TryGetValue(name, out var group))
            {
                if (!connection.Groups.Contains(group)) Add(connection, group);
                return group;
            }
            group = Rooms.TryGetConversation(name, out var conversation) ? streams.Open(conversation) : new LocalGroup(name, metrics);
            Add(connection, group);
            group.Opened = OpenAsync(group, listen);
            _groups[name] = group;
            return group;
        }
    }

    /// <summary>Removes a connection from a group; removes the group with its last member.</summary>
    /// <param name="stopListening">Called for a group that has no members any more, before it can be created again; must not wait.</param>
    internal void Leave(LocalConnection connection, string name, Action<LocalGroup> stopListening)
    {
        lock (_membership) LeaveLocked(connection, name, stopListening);
    }

    internal void Remove(LocalConnection connection, Action<LocalGroup> stopListening)
    {
        lock (_membership)
        {
            _connections.TryRemove(connection.Id, out _);
            foreach (var group in connection.Groups.ToArray()) LeaveLocked(connection, group.Name, stopListening);
        }
    }

    // Subscribes first and reads the database's position second, so that no change falls between the two.
    private async Task OpenAsync(LocalGroup group, Func<LocalGroup, Task> listen)
    {
        if (!Rooms.IsLocal(group.Name)) await listen(group);
        if (group is RoomStream stream) await streams.BeginAsync(stream);
    }

    private static void Add(LocalConnection connection, LocalGroup group)
    {
        group.Add(connection);
        connection.Groups.Add(group);
    }

    private void LeaveLocked(LocalConnection connection, string name, Action<LocalGroup> stopListening)
    {
        if (!_groups.TryGetValue(name, out var group) || !connection.Groups.Remove(group)) return;
        group.Remove(connection);
        if (group.Count > 0) return;
        _groups.TryRemove(name, out _);
        if (!Rooms.IsLocal(name)) stopListening(group);
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
