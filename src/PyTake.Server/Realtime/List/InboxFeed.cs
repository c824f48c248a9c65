using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Tells organizations' clients how their list of conversations changes. Changes are not pushed from node to node: a node only learns
/// that there is something new, and reads what changed since its position for its own clients. So a busy list costs one query and one
/// write per client and flush, and changes to a quiet one are sent at once.
/// </summary>
public sealed partial class InboxFeed : NodeService
{
    private const string Topic = "inbox";

    // A flush's writes are spread over this share of the time until the next, so that other events do not wait behind them.
    private const double SpreadShare = 0.9;

    private static readonly TimeSpan HintPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

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

    /// <summary>Starts an organization's feed at the database's position, for its first client here, which must have joined the room before.</summary>
    public async Task OpenAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        OrganizationFeed feed;
        IReadOnlyDictionary<Guid, long> positions;
        do
        {
            feed = _feeds.GetOrAdd(organizationId, id => new OrganizationFeed(id));
            if (feed.Position is not null) return;
            positions = await _store.PositionsAsync([organizationId], cancellationToken);
        }
        while (!feed.TryStart(positions.GetValueOrDefault(organizationId)));
        _work.Set();
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
            var due = _feeds.Values.Where(f => f.IsReady && f.DueAt <= _time.GetTimestamp()).ToArray();
            if (due.Length == 0) continue;
            try
            {
                await FlushAsync(due, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotRead(exception);
                foreach (var feed in due) feed.DueAt = After(AfterFailure);
            }
        }
    }

    private TimeSpan Pause()
    {
        var next = _hints.IsEmpty ? long.MaxValue : _hintedAt + Ticks(HintPause);
        foreach (var feed in _feeds.Values)
            if (feed.IsReady)
                next = Math.Min(next, feed.DueAt);
        if (next == long.MaxValue) return Timeout.InfiniteTimeSpan;
        var pause = _time.GetElapsedTime(_time.GetTimestamp(), next);
        // Rounded up: waking a millisecond early would be a wasted turn.
        return pause <= TimeSpan.Zero ? TimeSpan.Zero : pause + TimeSpan.FromMilliseconds(1);
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

    private async Task FlushAsync(OrganizationFeed[] due, CancellationToken stoppingToken)
    {
        var expected = due.Select(f => f.Known).ToArray();
        var changed = await _store.ChangedAsync([.. due.Select(f => f.Id)], [.. due.Select(f => f.Position ?? 0)], stoppingToken);
        var lists = due.Zip(expected, (feed, known) => (Feed: feed, Expected: known, Conversations: changed[feed.Id].ToArray()))
            .ToLookup(list => list.Conversations.Length > _options.CatchUpLimit);
        foreach (var list in lists[true]) Resync(list.Feed, list.Expected);

        var told = lists[false].Select(list => (List: list, Grown: list.Conversations.Where(list.Feed.HasGrown).ToArray())).ToArray();
        var counts = await ReadCountsAsync(
            [.. told.Where(t => t.Grown.Length > 0).Select(t => t.List.Feed.Id)], [.. told.SelectMany(t => t.Grown.Select(c => c.Id))], stoppingToken);
        foreach (var (list, grown) in told) Send(list.Feed, list.Conversations, grown, counts, list.Expected, stoppingToken);
    }

    private async Task<ReadCounts> ReadCountsAsync(Guid[] organizations, Guid[] conversations, CancellationToken cancellationToken)
    {
        var readAt = _time.GetUtcNow().UtcDateTime;
        var users = organizations.SelectMany(_sockets.UsersIn).ToHashSet();
        return new(users, users.Count == 0 ? ReadCounts.None : await _store.ReadCountsAsync([.. users], conversations, cancellationToken), readAt);
    }

    private void Send(
        OrganizationFeed feed, Conversation[] conversations, Conversation[] grown, ReadCounts counts, long expected, CancellationToken stoppingToken)
    {
        if (feed.Position is not { } previous) return;
        var pause = Budget(conversations.Length * _local.CountIn(Rooms.Organization(feed.Id)));
        if (conversations.Length > 0)
        {
            var events = new (string, ReadOnlyMemory<byte>)[conversations.Length];
            for (var i = 0; i < events.Length; i++)
            {
                events[i] = (ChatEvents.ConversationUpdated, ChatEvents.ConversationUpdatedArguments(conversations[i], previous));
                previous = conversations[i].InboxSeq;
            }
            _ = WriteSpreadOutAsync(feed, new InboxNews(events, grown, counts, _unread), pause * SpreadShare, stoppingToken);
            feed.Told(conversations);       // only after the counts were read: if reading fails, the flush is repeated
            _metrics.Flushed(events.Length);
        }
        // Numbers that belong to no conversation have nothing to send and nothing to wait for.
        feed.Advance(Math.Max(previous, expected));
        feed.DueAt = After(pause);
    }

    // A flush writes to each of the organization's browsers; doing so all at once would delay every other event.
    private async Task WriteSpreadOutAsync(OrganizationFeed feed, InboxNews news, TimeSpan within, CancellationToken stoppingToken)
    {
        feed.IsTelling = true;
        try
        {
            await _local.SendInTurnsAsync(Rooms.Organization(feed.Id), few => news.Write(few, c => _sockets.Find(c.Id)?.User.UserId), within, stoppingToken);
        }
        catch (Exception exception)
        {
            LogNotTold(exception);
            _local.Send(Rooms.Organization(feed.Id), ChatEvents.Resync, new InboxResync(feed.Known));
        }
        feed.IsTelling = false;
        _work.Set();
    }

    private void Resync(OrganizationFeed feed, long expected)
    {
        _metrics.Resynced(RealtimeMetrics.Check);
        _local.Send(Rooms.Organization(feed.Id), ChatEvents.Resync, new InboxResync(expected));
        feed.Advance(expected);
        feed.DueAt = After(_options.InboxPauseMax);
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
            if (feed.EndWhere(() => _local.CountIn(Rooms.Organization(id)) == 0))
                _feeds.TryRemove(id, out _);
        var asked = _feeds.Values.Select(f => (Feed: f, f.Position)).Where(f => f.Position is not null).ToArray();
        if (asked.Length == 0) return;
        var positions = await _store.PositionsAsync([.. asked.Select(f => f.Feed.Id)], cancellationToken);
        foreach (var (feed, position) in asked)
        {
            if (!positions.TryGetValue(feed.Id, out var now)) continue;
            if (now < position)
            {
                // The database was restored to an earlier state.
                feed.Restart(now);
                _local.Send(Rooms.Organization(feed.Id), ChatEvents.Resync, new InboxResync(now));
            }
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
