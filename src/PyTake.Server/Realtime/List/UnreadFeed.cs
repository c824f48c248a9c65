using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Tells users how many of a conversation's messages they have not read, on every node they are connected to. Reading moves no stream,
/// so what was lost on the way is found by looking at who read something lately.
/// </summary>
public sealed partial class UnreadFeed : NodeService
{
    private const string Topic = "unread";

    // Nodes' clocks differ, and a transaction shows its time late.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(15);

    // A connection that was away is told of this much at once; who was away longer loads the list anew.
    private const int MostAtOnce = 200;
    private static readonly TimeSpan Lately = TimeSpan.FromDays(1);

    private readonly InboxStore _store;
    private readonly LocalFanOut _local;
    private readonly ChatSockets _sockets;
    private readonly NodeBus _bus;
    private readonly TimeProvider _time;
    private readonly ILogger<UnreadFeed> _logger;
    private readonly PositionChecks _checks;
    private readonly Gather<Guid, UnreadUpdate[]> _welcomes;
    private readonly ConcurrentDictionary<(Guid User, Guid Conversation), (int Unread, DateTime At)> _told = new();
    private DateTime _lookedAt;

    /// <summary>Made once for a node.</summary>
    public UnreadFeed(
        InboxStore store, LocalFanOut local, ChatSockets sockets, NodeBus bus, IOptions<RealtimeOptions> options,
        TimeProvider time, Supervisor supervisor, ILogger<UnreadFeed> logger) : base(supervisor)
    {
        (_store, _local, _sockets, _bus, _time, _logger) = (store, local, sockets, bus, time, logger);
        _checks = new PositionChecks(bus, options);
        _welcomes = new(ReadLatelyAsync, most: 100);
        _lookedAt = Now;
        bus.Subscribe(Topic, Hear);
    }

    /// <summary>A user has read; call it after the commit. It waits for nothing.</summary>
    public void Changed(Guid userId, Guid conversationId, int unread)
        => _bus.Publish(Topic, string.Create(CultureInfo.InvariantCulture, $"{userId}:{conversationId}:{unread}"));

    /// <summary>How many counts it remembers to have told.</summary>
    internal int Remembered => _told.Count;

    /// <summary>What to tell a user of conversations whose customers wrote.</summary>
    /// <param name="updates">The counts.</param>
    /// <param name="countedAt">From when they are; what the user has been told of a conversation since then is newer.</param>
    internal IEnumerable<(string Event, ReadOnlyMemory<byte> Arguments)> Events(Guid userId, IEnumerable<UnreadUpdate> updates, DateTime countedAt)
    {
        foreach (var update in updates)
        {
            // Only what was read lately is looked at again. Every agent's count of every busy conversation would be too much to keep.
            if (_told.TryGetValue((userId, update.ConversationId), out var told))
            {
                if (told.At > countedAt || told.Unread == update.UnreadCount) continue;
                Remember(userId, update);
            }
            yield return (ChatEvents.UnreadUpdate, ChatEvents.Arguments(update));
        }
    }

    /// <summary>Tells a new connection what its user has read lately, maybe on another device while this one was away.</summary>
    internal async Task WelcomeAsync(ChatSocket socket, CancellationToken cancellationToken)
    {
        if (await _welcomes.AskAsync(socket.User.UserId, cancellationToken) is { } read) _local.Find(socket.Id)?.Write(Frame(read));
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

    private void Hear(string text)
    {
        if (text.Split(':') is not [var user, var conversation, var count] || !Guid.TryParse(user, out var userId)) return;
        if (!Guid.TryParse(conversation, out var conversationId) || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var unread)) return;
        if (_sockets.OfUser(userId).Count > 0) TellRead(userId, [new UnreadUpdate(conversationId, unread)]);
    }

    private void TellRead(Guid userId, UnreadUpdate[] updates)
    {
        foreach (var update in updates) Remember(userId, update);
        _local.Send(Rooms.User(userId), Frame(updates));
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
                if (updates.Length > 0) TellRead(user.Key, updates);
            }
        _lookedAt = now;
        foreach (var (key, told) in _told)
            if (now - told.At > 4 * Overlap)
                _told.TryRemove(key, out _);
    }

    [LoggerMessage(2021, LogLevel.Warning, "Who read what could not be read")]
    private partial void LogNotRead(Exception exception);
}
