using Microsoft.AspNetCore.SignalR;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>
/// The part of SignalR's <see cref="HubLifetimeManager{THub}"/> that the hub uses: connections of this node, and groups whose members
/// may be on any node. The other methods throw, with a text that names the alternative.
/// </summary>
internal abstract class ChatBackplane(LocalFanOut local) : HubLifetimeManager<ChatHub>
{
    /// <summary>The connections and groups of this node.</summary>
    protected LocalFanOut Local => local;

    /// <inheritdoc/>
    public sealed override Task OnConnectedAsync(HubConnectionContext connection)
    {
        local.Add(connection);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public sealed override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (local.Find(connection.ConnectionId) is { } found) local.Remove(found, StopListening);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>Only for connections of this node; for one that has gone nothing happens.</remarks>
    public sealed override async Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (local.Find(connectionId) is not { } connection || local.Join(connection, groupName, ListenAsync) is not { } group) return;
        try
        {
            await group.Opened;
        }
        catch
        {
            local.Leave(connection, groupName, StopListening);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Only for connections of this node; for one that has gone nothing happens.</remarks>
    public sealed override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (local.Find(connectionId) is { } connection) local.Leave(connection, groupName, StopListening);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>Only to connections of this node; an event for one that has ended is lost.</remarks>
    public sealed override Task SendConnectionAsync(
        string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        local.Find(connectionId)?.Write(new HubFrame(methodName, HubFrame.Serialize(args)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The group is local (<see cref="Rooms.IsLocal"/>): other nodes would not receive the event.</exception>
    public sealed override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => Rooms.IsLocal(groupName)
            ? throw new NotSupportedException("This group is not in Redis. Tell the nodes by NodeBus and use LocalFanOut.Send on each.")
            : SendToNodesAsync(groupName, methodName, args, cancellationToken);

    /// <summary>Sends an event to a group's members on all nodes.</summary>
    protected abstract Task SendToNodesAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken);

    /// <summary>Subscribes to what other nodes send to a group; called for its first member on this node.</summary>
    /// <returns>Completes when the subscription is active, or when it cannot be now but will be later.</returns>
    protected abstract Task ListenAsync(LocalGroup group);

    /// <summary>Ends the subscription of <see cref="ListenAsync"/>, after the last member left. Waits for nothing.</summary>
    protected abstract void StopListening(LocalGroup group);

    /// <summary>The event's number in its conversation's stream; 0 if it has none.</summary>
    protected static long SeqOf(object?[] args) => args is [IStreamEvent step] ? step.Seq : 0;

    /// <inheritdoc/>
    public sealed override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default)
        => throw NotToAll();

    /// <inheritdoc/>
    public sealed override Task SendAllExceptAsync(
        string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default)
        => throw NotToAll();

    /// <inheritdoc/>
    public sealed override Task SendGroupExceptAsync(
        string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default)
        => throw new NotSupportedException(
            "A group is sent to as a whole. To leave a connection out, tell the nodes by NodeBus and use LocalFanOut.Send on each.");

    /// <inheritdoc/>
    public sealed override Task SendGroupsAsync(
        IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => throw new NotSupportedException("Use Clients.Group for each group.");

    /// <inheritdoc/>
    public sealed override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => throw NotToUsers();

    /// <inheritdoc/>
    public sealed override Task SendUsersAsync(
        IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => throw NotToUsers();

    /// <inheritdoc/>
    public sealed override Task SendConnectionsAsync(
        IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => throw new NotSupportedException("Use Clients.Client for each connection, on the node that has it.");

    /// <inheritdoc/>
    public sealed override Task<T> InvokeConnectionAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken)
        => throw new NotSupportedException("Clients are not asked for results. Send an event, and let the client answer by a method of ChatHub.");

    private static NotSupportedException NotToAll() => new("There are no events for all clients. Use LocalFanOut.Send with Rooms.Organization.");

    private static NotSupportedException NotToUsers() => new("Connections carry no user of SignalR's. Use LocalFanOut.Send with Rooms.User.");
}
