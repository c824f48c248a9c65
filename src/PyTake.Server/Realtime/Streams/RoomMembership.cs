using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace PyTake.Realtime;

/// <summary>Lets connections join and leave conversations' rooms, and sends what they missed before they joined.</summary>
public sealed class RoomMembership
{
    private readonly StreamCatchUp _catchUp;
    private readonly LocalFanOut _local;
    private readonly Viewers _viewers;
    private readonly RealtimeMetrics _metrics;
    private readonly int _mostRooms;

    /// <summary>One instance per node.</summary>
    public RoomMembership(
        StreamCatchUp catchUp, LocalFanOut local, Viewers viewers, RealtimeMetrics metrics, IOptions<RealtimeOptions> options)
        => (_catchUp, _local, _viewers, _metrics, _mostRooms) = (catchUp, local, viewers, metrics, options.Value.RoomsPerConnection);

    /// <summary>
    /// Joins, confirms it, and sends the changes after a number, or a resync if there are too many. Until that is written the room's new
    /// events are held back from this connection, so that it receives each once and in order.
    /// </summary>
    /// <param name="afterSeq">The number up to which the client has everything; null if it asks for no changes.</param>
    /// <exception cref="HubException">The caller's organization has no such conversation, or the caller has too many open.</exception>
    public async Task<JoinedConversation> JoinAsync(
        ChatSocket socket, Guid conversationId, long? afterSeq, IGroupManager groups, CancellationToken cancellationToken)
    {
        if (socket.Rooms.Count >= _mostRooms && !socket.IsIn(conversationId))
            throw HubErrors.Invalid("Too many conversations are open on this connection");
        if (!await BelongsAsync(conversationId, socket.User.OrganizationId, cancellationToken)) throw HubErrors.NotFound("Conversation");

        var connection = _local.Find(socket.Id) ?? throw HubErrors.Unavailable();
        using var hold = connection.Hold(conversationId);
        await groups.AddToGroupAsync(socket.Id, Rooms.Conversation(conversationId), cancellationToken);
        socket.Enter(conversationId);
        try
        {
            var (position, missed) = await MissedAsync(conversationId, hold, afterSeq, cancellationToken);
            await connection.WriteAsync(
                HubFrame.Of(ChatEvents.JoinedConversation, new JoinedEvent(conversationId, "Joined conversation", position)), cancellationToken);
            foreach (var frame in missed) await connection.WriteAsync(frame, cancellationToken);
            hold.Release(after: position);
            return new JoinedConversation(conversationId, position);
        }
        finally
        {
            // The connection is in the room even if the rest failed.
            _viewers.Joined(connection, conversationId);
        }
    }

    /// <summary>Leaves; does nothing if the connection had not joined.</summary>
    public async Task LeaveAsync(ChatSocket socket, Guid conversationId, IGroupManager groups)
    {
        socket.Leave(conversationId);
        await groups.RemoveFromGroupAsync(socket.Id, Rooms.Conversation(conversationId));
        _viewers.Changed(conversationId);
    }

    // An open conversation's room knows its organization.
    private async ValueTask<bool> BelongsAsync(Guid conversationId, Guid organizationId, CancellationToken cancellationToken)
        => StreamOf(conversationId)?.OrganizationId is { } known
            ? known == organizationId
            : await _catchUp.BelongsAsync(conversationId, organizationId, cancellationToken);

    // Changes the room has not delivered yet go to the whole room now: sent to this connection alone, they would reach it twice.
    private async Task<(long Position, HubFrame[] Missed)> MissedAsync(
        Guid conversationId, CatchUpHold hold, long? afterSeq, CancellationToken cancellationToken)
    {
        var stream = StreamOf(conversationId) ?? throw HubErrors.Unavailable();
        var position = stream.PositionFor(hold);
        if (afterSeq is not { } after || after == position) return (position, []);
        // After a node died, all its clients with this conversation open reconnect and ask for the same changes.
        if (stream.FindCached(after, position) is { } recent) return (position, FramesAfter(after, recent));

        var missed = await _catchUp.MissedAsync(conversationId, Math.Min(after, position), cancellationToken) ?? throw HubErrors.NotFound("Conversation");
        if (missed.Messages is null || missed.LastSeq < after)
        {
            _metrics.Resynced(RealtimeMetrics.Join);
            return (missed.LastSeq, [HubFrame.Of(ChatEvents.Resync, new ConversationResync(conversationId, missed.LastSeq))]);
        }
        stream.Fill(missed, RealtimeMetrics.Join);
        stream.Cache(missed);
        return (missed.LastSeq, FramesAfter(after, missed));
    }

    private RoomStream? StreamOf(Guid conversationId) => _local.FindGroup(Rooms.Conversation(conversationId)) as RoomStream;

    private static HubFrame[] FramesAfter(long after, MissedChanges missed) => after == missed.After ? missed.Frames : missed.FramesAfter(after);
}
