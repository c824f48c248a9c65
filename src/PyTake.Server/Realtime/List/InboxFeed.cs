using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Tells the clients that watch a view of their organization's list how it changes. Changes are not pushed from node to node: a node only
/// learns that there is something new, and reads what changed since its position, if anybody watches here. So a busy list costs one query a
/// turn, whatever the number of watches, and changes to a quiet one are sent at once.
/// </summary>
public sealed partial class InboxFeed : NodeService
{
    private const string Topic = "inbox";

    // Writing to a thousand browsers at once would delay every other event.
    private const int WritesAtOnce = 50;

    // Counting may take at most this share of the time.
    private const double CountingShare = 0.05;

    private static readonly TimeSpan HintPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CountsPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(4);

    private readonly InboxStore _store;
    private readonly LocalFanOut _local;
    private readonly ChatSockets _sockets;
    private readonly UnreadFeed _unread;
    private readonly NodeBus _bus;
    private readonly RealtimeOptions _options;
    private readonly RealtimeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<InboxFeed> _logger;
    private readonly PositionChecks _checks;
    private readonly ConcurrentDictionary<Guid, OrganizationFeed> _feeds = new();
    private readonly ConcurrentDictionary<Guid, long> _hints = new();
    private readonly Signal _work = new();
    private long _hintedAt;

    /// <summary>One instance per node.</summary>
    public InboxFeed(
        InboxStore store, LocalFanOut local, ChatSockets sockets, UnreadFeed unread, NodeBus bus, IOptions<RealtimeOptions> options,
        RealtimeMetrics metrics, TimeProvider time, Supervisor supervisor, ILogger<InboxFeed> logger) : base(supervisor)
    {
        (_store, _local, _sockets, _unread, _bus, _options) = (store, local, sockets, unread, bus, options.Value);
        (_metrics, _time, _logger) = (metrics, time, logger);
        _checks = new PositionChecks(bus, options);
        bus.Subscribe(Topic, OnMessage);
    }

    /// <summary>How many organizations it follows.</summary>
    internal int Followed => _feeds.Count;

    /// <summary>An organization's list has reached this number. Call it after the commit; it waits for nothing.</summary>
    public void Moved(Guid organizationId, long inboxSeq)
    {
        var isNew = false;
        _hints.AddOrUpdate(
            organizationId,
            _ => { isNew = true; return inboxSeq; },
            (_, known) => { isNew = false; return Math.Max(known, inboxSeq); });
        // Otherwise the loop already knows that there is a hint to publish and a feed to flush, and when.
        if (Expect(organizationId, inboxSeq) || isNew) _work.Set();
    }

    /// <summary>Begins a connection's watch, which replaces the one it has.</summary>
    /// <returns>When it has begun: every later change comes as an event.</returns>
    internal async Task<WatchBegun> WatchAsync(
        ChatSocket socket, LocalConnection connection, ConversationView view, int limit, long? after, CancellationToken cancellationToken)
    {
        ListWatch watch;
        do
        {
            var feed = _feeds.GetOrAdd(socket.User.OrganizationId, id => new OrganizationFeed(id, _work.Set));
            watch = new ListWatch(feed, socket, connection, view, limit, after);
        }
        while (!watch.Feed.TryJoin(watch));
        // A connection that has ended meanwhile would never leave.
        if (_sockets.Find(socket.Id) is null) watch.Feed.Leave(socket);
        return await watch.Begun.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends a connection's watch, if it has one.</summary>
    public void Unwatch(ChatSocket socket)
    {
        if (_feeds.TryGetValue(socket.User.OrganizationId, out var feed)) feed.Leave(socket);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _checks.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [WorkAsync, CheckAsync];

    private void OnMessage(string hint)
    {
        if (hint.Split(':') is not [var id, var seq] || !Guid.TryParse(id, out var organizationId)) return;
        if (!long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var inboxSeq)) return;
        if (Expect(organizationId, inboxSeq)) _work.Set();
    }

    private bool Expect(Guid organizationId, long inboxSeq)
        => _feeds.TryGetValue(organizationId, out var feed) && feed.Expect(inboxSeq);

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _work.WaitAsync(Pause(), stoppingToken);
            Hint();
            var now = _time.GetTimestamp();
            var turns = _feeds.Values.Where(feed => feed.NextAt <= now).Select(feed => feed.Begin(now)).ToArray();
            if (turns.Length == 0) continue;
            try
            {
                await FlushAsync(turns, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotRead(exception);
                foreach (var turn in turns)
                {
                    turn.Feed.GiveUp(turn, exception);
                    turn.Feed.Pause(until: After(AfterFailure));
                }
            }
        }
    }

    private TimeSpan Pause()
    {
        var next = _hints.IsEmpty ? long.MaxValue : _hintedAt + Ticks(HintPause);
        foreach (var feed in _feeds.Values) next = Math.Min(next, feed.NextAt ?? long.MaxValue);
        if (next == long.MaxValue) return Timeout.InfiniteTimeSpan;
        var now = _time.GetTimestamp();
        // Rounded up: waking a millisecond early would be a wasted turn.
        return next <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, next) + TimeSpan.FromMilliseconds(1);
    }

    // The first goes out at once, then at most fifty a second for each organization.
    private void Hint()
    {
        if (_hints.IsEmpty || _time.GetElapsedTime(_hintedAt) < HintPause) return;
        _hintedAt = _time.GetTimestamp();
        foreach (var organization in _hints.Keys)
            if (_hints.TryRemove(organization, out var seq))
                _bus.Publish(Topic, $"{organization}:{seq}");
    }

    private async Task FlushAsync(ListTurn[] turns, CancellationToken stoppingToken)
    {
        await StartAsync([.. turns.Select(t => t.Feed).Where(f => f.Position is null)], stoppingToken);
        var changed = await _store.ChangedAsync([.. turns.Select(t => t.Feed.Id)], [.. turns.Select(t => t.After)], stoppingToken);
        var told = turns.ToLookup(turn => turn.TryRead(changed[turn.Feed.Id], _options.CatchUpLimit));
        foreach (var turn in told[false]) turn.Feed.Invalidate();

        await CountUnreadAsync([.. told[true]], stoppingToken);
        var countsPause = await CountAsync([.. told[true]], stoppingToken);
        foreach (var turn in told[true]) Tell(turn, countsPause, stoppingToken);
    }

    private async Task StartAsync(OrganizationFeed[] feeds, CancellationToken cancellationToken)
    {
        if (feeds.Length == 0) return;
        var found = await _store.ActiveAsync([.. feeds.Select(f => f.Id)], cancellationToken);
        foreach (var feed in feeds)
            if (found.TryGetValue(feed.Id, out var list)) feed.Start(list.InboxSeq, list.Active);
            else feed.Start(0, []);
    }

    private async Task CountUnreadAsync(ListTurn[] turns, CancellationToken cancellationToken)
    {
        var written = turns.Select(turn => (Turn: turn, Written: Written(turn).Distinct().ToArray())).Where(t => t.Written.Length > 0).ToArray();
        if (written.Length == 0) return;
        var readAt = _time.GetUtcNow().UtcDateTime;
        var all = written.SelectMany(t => t.Written).ToArray();
        var counts = new ReadCounts(await _store.ReadCountsAsync(
            [.. all.Select(w => w.Watch.UserId).Distinct()], [.. all.Select(w => w.Change.Conversation.Id).Distinct()], cancellationToken), readAt);
        var events = _unread.Events(all.Select(w => (w.Watch.UserId, w.Change.Conversation)).Distinct(), counts);
        foreach (var (turn, ofTurn) in written)
            turn.SetUnread(from w in ofTurn
                           where events.ContainsKey((w.Watch.UserId, w.Change.Conversation.Id))
                           select (w.Watch, events[(w.Watch.UserId, w.Change.Conversation.Id)]));
    }

    // Whose unread counts have changed: those who watch the conversation, and those who watch another view and have it open.
    private IEnumerable<(ListWatch Watch, ListChange Change)> Written(ListTurn turn) =>
    [
        .. turn.Feed.WrittenIn(turn.Live),
        .. from change in turn.Live
           where turn.Feed.HasGrown(change)
           from id in _local.MembersOf(Rooms.Conversation(change.Conversation.Id))
           let watch = _sockets.Find(id)?.Watch
           where watch is not null
           select (watch, change),
        .. turn.WrittenForJoining(),
    ];

    /// <returns>How long to wait before counting again.</returns>
    private async Task<TimeSpan> CountAsync(ListTurn[] turns, CancellationToken cancellationToken)
    {
        var counted = turns.Select(turn => (Turn: turn, Users: turn.Feed.CountedIn(turn))).Where(t => t.Users.Count > 0).ToArray();
        if (counted.Length == 0) return CountsPause;
        var begunAt = _time.GetTimestamp();
        var upToDate = await _store.UpToDateAsync(
            [.. counted.Select(t => t.Turn.Feed.Id)], [.. counted.SelectMany(t => t.Users)], cancellationToken);
        foreach (var (turn, _) in counted) turn.UpToDate = upToDate;
        var pause = _time.GetElapsedTime(begunAt) / CountingShare;
        return pause > CountsPause ? pause : CountsPause;
    }

    private void Tell(ListTurn turn, TimeSpan countsPause, CancellationToken stoppingToken)
    {
        if (turn.IsRestart) _metrics.Resynced(RealtimeMetrics.Check);
        var frames = Advance(turn, countsPause);
        turn.Feed.Pause(until: After(Budget(frames.Sum(f => f.Frame.Count))));
        _metrics.Flushed(turn.Live.Count);
        if (frames.Count > 0) _ = WriteAsync(turn.Feed, frames, stoppingToken);
    }

    private IReadOnlyList<(ListWatch Watch, HubFrame Frame)> Advance(ListTurn turn, TimeSpan countsPause)
    {
        try
        {
            return turn.Feed.Advance(turn, countsDueAt: After(countsPause));
        }
        catch
        {
            // Half a turn must not be taken for a whole one.
            turn.Feed.Invalidate();
            throw;
        }
    }

    private async Task WriteAsync(OrganizationFeed feed, IReadOnlyList<(ListWatch Watch, HubFrame Frame)> frames, CancellationToken stoppingToken)
    {
        feed.SetTelling(true);
        try
        {
            foreach (var (index, some) in frames.Chunk(WritesAtOnce).Index())
            {
                if (index > 0) await Task.Delay(BetweenWrites, stoppingToken);
                feed.Write(some, _local.Write);
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogNotTold(exception);
            feed.Invalidate();
        }
        feed.SetTelling(false);
        _work.Set();
    }

    private TimeSpan Budget(int deliveries)
    {
        var pause = TimeSpan.FromSeconds((double)deliveries / _options.InboxEventsPerSecond);
        return pause < _options.InboxPauseMin ? _options.InboxPauseMin : pause > _options.InboxPauseMax ? _options.InboxPauseMax : pause;
    }

    private async Task CheckAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _checks.WaitAsync(stoppingToken);
            try
            {
                await CompareAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotRead(exception);
            }
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, feed) in _feeds)
            if (feed.EndIfUnwatched())
                _feeds.TryRemove(id, out _);
        var asked = _feeds.Values.Select(f => (Feed: f, f.Position)).Where(f => f.Position is not null).ToArray();
        if (asked.Length == 0) return;
        var positions = await _store.PositionsAsync([.. asked.Select(f => f.Feed.Id)], cancellationToken);
        foreach (var (feed, position) in asked)
        {
            if (!positions.TryGetValue(feed.Id, out var now)) continue;
            // The database was restored to an earlier state.
            if (now < position) feed.Invalidate();
            feed.Expect(now);
        }
        _work.Set();
    }

    private long After(TimeSpan pause) => _time.GetTimestamp() + Ticks(pause);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    [LoggerMessage(2020, LogLevel.Warning, "Organizations' lists could not be read")]
    private partial void LogNotRead(Exception exception);

    [LoggerMessage(2022, LogLevel.Error, "An organization's clients could not be sent the changes of its list; they are told to resync")]
    private partial void LogNotTold(Exception exception);
}
