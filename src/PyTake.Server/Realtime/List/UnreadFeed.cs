using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Tells users how many of a conversation's messages they have not read, on every connection that watches the conversation or has it open.
/// Reading advances no stream, so lost notifications are found by looking up in the database who read something lately.
/// </summary>
public sealed partial class UnreadFeed : NodeService
{
    private const string Topic = "unread";

    // Nodes' clocks differ, and a transaction becomes visible later than the time it recorded.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(15);

    // Most counts sent to a new connection; a client that was away for longer reloads the list.
    private const int MostAtOnce = 200;
    private static readonly TimeSpan Lately = TimeSpan.FromDays(1);

    private readonly InboxStore _store;
    private readonly LocalFanOut _local;
    private readonly ChatSockets _sockets;
    private readonly NodeBus _bus;
    private readonly TimeProvider _time;
    private readonly ILogger<UnreadFeed> _logger;
    private readonly PositionChecks _checks;
    private readonly BatchedLookup<Guid, UnreadUpdate[]> _welcomes;
    private readonly ConcurrentDictionary<(Guid User, Guid Conversation), (int Unread, DateTime At)> _told = new();
    private DateTime _lookedAt;

    /// <summary>One instance per node.</summary>
    public UnreadFeed(
        InboxStore store, LocalFanOut local, ChatSockets sockets, NodeBus bus, IOptions<RealtimeOptions> options,
        TimeProvider time, Supervisor supervisor, ILogger<UnreadFeed> logger) : base(supervisor)
    {
        (_store, _local, _sockets, _bus, _time, _logger) = (store, local, sockets, bus, time, logger);
        _checks = new PositionChecks(bus, options);
        _welcomes = new(ReadLatelyAsync, most: 100);
        _lookedAt = Now;
        bus.Subscribe(Topic, OnMessage);
    }

    /// <summary>A user has read a conversation. Call it after the commit; it waits for nothing.</summary>
    public void Changed(Guid userId, Guid conversationId, int unread)
        => _bus.Publish(Topic, string.Create(CultureInfo.InvariantCulture, $"{userId}:{conversationId}:{unread}"));

    /// <summary>How many sent counts it remembers.</summary>
    internal int Remembered => _told.Count;

    /// <summary>The unread events for users after customers wrote, except those that they were sent before.</summary>
    /// <param name="changed">The users and the conversations.</param>
    /// <param name="counts">What they have read; a count sent to the user since it was read is newer and wins.</param>
    internal IReadOnlyDictionary<(Guid User, Guid Conversation), (string Event, ReadOnlyMemory<byte> Arguments)> Events(
        IEnumerable<(Guid User, Conversation Conversation)> changed, ReadCounts counts)
    {
        var events = new Dictionary<(Guid, Guid), (string, ReadOnlyMemory<byte>)>();
        foreach (var (userId, conversation) in changed)
        {
            var update = counts.UnreadOf(userId, conversation);
            // Only conversations read lately are remembered: every agent's count of every busy conversation would be too much.
            if (_told.TryGetValue((userId, update.ConversationId), out var told))
            {
                if (told.At > counts.ReadAt || told.Unread == update.UnreadCount) continue;
                Remember(userId, update);
            }
            events[(userId, update.ConversationId)] = (ChatEvents.UnreadUpdate, ChatEvents.Arguments(update));
        }
        return events;
    }

    /// <summary>Tells a connection that begins to watch what its user has read lately, maybe on another device while this one was away.</summary>
    internal async Task CaughtUpAsync(ChatSocket socket, LocalConnection connection, CancellationToken cancellationToken)
    {
        if (await _welcomes.FindAsync(socket.User.UserId, cancellationToken) is { } read) Send(socket, connection, read);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _checks.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [CheckAsync];

    private async Task CheckAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _checks.WaitAsync(stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotRead(exception);
            }
        }
    }

    private async Task<IReadOnlyDictionary<Guid, UnreadUpdate[]>> ReadLatelyAsync(Guid[] users)
    {
        var read = await _store.ReadSinceAsync(users, Now - Lately, MostAtOnce, CancellationToken.None);
        return read.GroupBy(r => r.UserId, r => new UnreadUpdate(r.ConversationId, r.Unread)).ToDictionary(user => user.Key, user => user.ToArray());
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private static HubFrame Frame(IEnumerable<UnreadUpdate> updates)
        => new([.. updates.Select(u => (ChatEvents.UnreadUpdate, (ReadOnlyMemory<byte>)ChatEvents.Arguments(u)))]);

    private void OnMessage(string text)
    {
        if (text.Split(':') is not [var user, var conversation, var count] || !Guid.TryParse(user, out var userId)) return;
        if (!Guid.TryParse(conversation, out var conversationId) || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var unread)) return;
        if (_sockets.OfUser(userId).Count > 0) SendCounts(userId, [new UnreadUpdate(conversationId, unread)]);
    }

    private void SendCounts(Guid userId, UnreadUpdate[] updates)
    {
        foreach (var update in updates) Remember(userId, update);
        foreach (var socket in _sockets.OfUser(userId))
        {
            if (_local.Find(socket.Id) is { } connection) Send(socket, connection, updates);
            socket.Watch?.Feed.CountsChanged();
        }
    }

    private void Send(ChatSocket socket, LocalConnection connection, UnreadUpdate[] updates)
    {
        UnreadUpdate[] heard = [.. updates.Where(update => socket.Shows(update.ConversationId))];
        if (heard.Length > 0) _local.Write(connection, Frame(heard));
    }

    private void Remember(Guid userId, UnreadUpdate told) => _told[(userId, told.ConversationId)] = (told.UnreadCount, Now);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var (now, since) = (Now, _lookedAt - Overlap);
        if (_sockets.Users is { Count: > 0 } users)
            foreach (var user in (await _store.ReadSinceAsync([.. users], since, most: 1000, cancellationToken)).GroupBy(r => r.UserId))
            {
                UnreadUpdate[] updates = [.. from row in user
                                             where !_told.TryGetValue((row.UserId, row.ConversationId), out var told) || (told.At < now && told.Unread != row.Unread)
                                             select new UnreadUpdate(row.ConversationId, row.Unread)];
                if (updates.Length > 0) SendCounts(user.Key, updates);
            }
        _lookedAt = now;
        foreach (var (key, told) in _told)
            if (now - told.At > 4 * Overlap)
                _told.TryRemove(key, out _);
    }

    [LoggerMessage(2021, LogLevel.Warning, "Recent reads of conversations could not be loaded")]
    private partial void LogNotRead(Exception exception);
}
