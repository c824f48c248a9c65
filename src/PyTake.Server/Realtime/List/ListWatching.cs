using Microsoft.AspNetCore.SignalR;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>Lets connections watch views of their organization's list, and sends what they missed before.</summary>
public sealed class ListWatching(InboxFeed feed, UnreadFeed unread, LocalFanOut local, RealtimeMetrics metrics)
{
    private const int MostRows = 500;
    private const string DepartmentPrefix = "department:";

    /// <summary>
    /// Begins a watch, which replaces the one the connection has, and sends the view's changes after a number, or a resync if there are too
    /// many. Until that is written new events of the list are held back from this connection, so that it receives each once and in order.
    /// </summary>
    /// <param name="limit">How many rows the client shows, newest message first.</param>
    /// <param name="after">The inbox number up to which the client has everything; null if it asks for no changes.</param>
    /// <exception cref="HubException">There is no such view, or the limit is out of range.</exception>
    public async Task<WatchedConversations> WatchAsync(ChatSocket socket, string view, long limit, long? after, CancellationToken cancellationToken)
    {
        var found = ConversationViews.Find(view) ?? throw NoSuchView(view);
        if (limit is < 1 or > MostRows) throw HubErrors.Invalid($"limit must be 1 to {MostRows}");
        var connection = local.Find(socket.Id) ?? throw HubErrors.Unavailable();
        using var hold = after is null ? null : connection.Hold(socket.User.OrganizationId);
        var begun = await feed.WatchAsync(socket, connection, found, (int)limit, after, cancellationToken);
        foreach (var frame in Missed(begun)) await connection.WriteAsync(frame, cancellationToken);
        hold?.Release(after: begun.InboxSeq);
        if (after is not null) await unread.CaughtUpAsync(socket, connection, cancellationToken);
        return new WatchedConversations(view, begun.InboxSeq, begun.Counts);
    }

    /// <summary>Ends the connection's watch; does nothing if it has none.</summary>
    public void Unwatch(ChatSocket socket) => feed.Unwatch(socket);

    private IReadOnlyList<HubFrame> Missed(WatchBegun begun)
    {
        if (begun.Missed is null)
        {
            metrics.Resynced(RealtimeMetrics.Join);
            return [HubFrame.Of(ChatEvents.Resync, new InboxResync(begun.InboxSeq))];
        }
        if (begun.Missed.Count > 0) metrics.Filled(RealtimeMetrics.Join);
        return begun.Missed;
    }

    private static HubException NoSuchView(string view) => HubErrors.Invalid(view.StartsWith(DepartmentPrefix, StringComparison.Ordinal)
        ? "There are no departments to watch yet"
        : $"view must be one of {string.Join(", ", ConversationViews.Names)}");
}
