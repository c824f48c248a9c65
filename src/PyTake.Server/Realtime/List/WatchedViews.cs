using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>The views of one organization's list that are watched here, and what their watches are to receive. Not thread-safe: the feed locks.</summary>
internal sealed class WatchedViews(Guid organizationId)
{
    private readonly Dictionary<ViewKey, List<WatchedView>> _views = [];

    public bool IsEmpty => _views.Count == 0;

    public IEnumerable<ListWatch> Watches => All.SelectMany(view => view.Watches);

    /// <summary>Those that show a conversation.</summary>
    public IEnumerable<ListWatch> WatchesOf(Standing standing) => standing.Keys().SelectMany(Of).SelectMany(view => view.Watches);

    /// <summary>Adds a watch, which replaces the one its connection has.</summary>
    public void Add(ListWatch watch, ListTurn turn, ActiveConversations active)
    {
        Remove(watch.Socket);
        watch.Counts = Counts(watch, turn, active);
        var views = _views.TryGetValue(watch.Key, out var found) ? found : _views[watch.Key] = [];
        if (views.Find(v => v.Limit == watch.Limit) is not { } view) views.Add(view = new WatchedView(watch.Limit, turn.Position));
        view.Watches.Add(watch);
        watch.Socket.Watch = watch;
        watch.Begun.TrySetResult(turn.Begun(watch, watch.Counts));
    }

    public void Remove(ChatSocket socket)
    {
        if (socket.Watch is not { } watch) return;
        socket.Watch = null;
        var views = Of(watch.Key);
        foreach (var view in views) view.Watches.Remove(watch);
        views.RemoveAll(view => view.Watches.Count == 0);
        if (views.Count == 0) _views.Remove(watch.Key);
    }

    /// <summary>Adds a change to the views that it belongs to or leaves.</summary>
    public void Changed(ListChange change, Standing before, ActiveConversations active)
    {
        foreach (var key in change.Standing.Keys())
            foreach (var view in Of(key))
                if (active.IsAmongFirst(view.Limit, key, change.Standing))
                    view.Chain.Updated(change);
        foreach (var key in before.Keys().Where(key => !change.Standing.IsIn(key)))
            foreach (var view in Of(key))
                view.Chain.Removed(change);
    }

    /// <summary>Begins all chains again at a number.</summary>
    public void Restart(long position)
    {
        foreach (var view in All) view.Chain.Restart(position);
    }

    /// <summary>What each watch is to receive in a turn, as one write.</summary>
    public IReadOnlyList<(ListWatch Watch, HubFrame Frame)> Frames(ListTurn turn, ActiveConversations active)
    {
        var frames = new List<(ListWatch, HubFrame)>();
        foreach (var view in All)
        {
            var events = turn.IsRestart ? [turn.Resync] : view.Chain.Take();
            var shared = events.Length > 0 ? new HubFrame(events, organizationId, turn.Position) : null;
            foreach (var watch in view.Watches)
            {
                (string, ReadOnlyMemory<byte>)[] own = [.. turn.UnreadOf(watch), .. turn.CountsAreDue ? NewCounts(watch, turn, active) : []];
                if (own.Length == 0 && shared is not null) frames.Add((watch, shared));
                // What is not part of the chain needs no place in it.
                else if (own.Length > 0) frames.Add((watch, shared is null ? new HubFrame(own) : new HubFrame([.. events, .. own], organizationId, turn.Position)));
            }
        }
        return frames;
    }

    private IEnumerable<WatchedView> All => _views.Values.SelectMany(views => views);

    private List<WatchedView> Of(ViewKey key) => _views.GetValueOrDefault(key) ?? [];

    private static IEnumerable<(string, ReadOnlyMemory<byte>)> NewCounts(ListWatch watch, ListTurn turn, ActiveConversations active)
    {
        var counts = Counts(watch, turn, active);
        if (counts == watch.Counts) return [];
        watch.Counts = counts;
        return [(ChatEvents.ConversationCounts, ChatEvents.Arguments(counts))];
    }

    private static ListCounts Counts(ListWatch watch, ListTurn turn, ActiveConversations active)
    {
        return new(
            In(ConversationView.Open), In(ConversationView.Mine), In(ConversationView.Unassigned), In(ConversationView.Pending), In(ConversationView.Waiting),
            Math.Max(0, active.Written - turn.UpToDate.GetValueOrDefault(watch.UserId)));

        int In(ConversationView view) => active.CountIn(ViewKey.For(view, watch.UserId));
    }

    /// <summary>All watches of one view that show the same number of rows, which receive the same events.</summary>
    private sealed class WatchedView(int limit, long position)
    {
        public int Limit => limit;
        public List<ListWatch> Watches { get; } = [];
        public ListChain Chain { get; } = new(position);
    }
}
