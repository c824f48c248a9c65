namespace PyTake.Accounts;

/// <summary>
/// A bounded queue before work that few can do at a time. It has lanes, which take turns, so that one that is crowded only slows itself; within a lane,
/// keys take turns, such as addresses. When a lane is full, a newcomer gets the last place of the key that has most, unless it has as many itself: nobody
/// fills a lane for others.
/// </summary>
/// <param name="atATime">How many work at a time.</param>
/// <param name="lanes">How many lanes there are.</param>
/// <param name="places">How many may wait in each lane.</param>
internal sealed class FairQueue(int atATime, int lanes, int places)
{
    private readonly Lock _lock = new();
    private readonly Lane[] _lanes = [.. Enumerable.Range(0, lanes).Select(_ => new Lane())];
    private int _free = atATime;
    private int _lastServed;

    /// <summary>Takes a place in line; dispose it when the work is done, or no longer wanted.</summary>
    /// <returns>Null if the lane is full, and nobody has more places in it than this key.</returns>
    public Place? Enter(int lane, string key)
    {
        var place = new Place(this, lane, key);
        Place? displaced = null;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                place.Begin();
                return place;
            }
            if (_lanes[lane].Count == places && (displaced = _lanes[lane].Displace(key)) is null) return null;
            _lanes[lane].Add(place);
        }
        displaced?.Refuse();
        return place;
    }

    private void Leave(Place place)
    {
        lock (_lock)
        {
            if (_lanes[place.Lane].Remove(place) || !place.HasTurn) return;
            if (Next() is { } next) next.Begin();
            else _free++;
        }
    }

    private Place? Next()
    {
        for (var i = 1; i <= _lanes.Length; i++)
            if (_lanes[(_lastServed + i) % _lanes.Length].Take() is { } place)
            {
                _lastServed = place.Lane;
                return place;
            }
        return null;
    }

    /// <summary>A place in line.</summary>
    internal sealed class Place(FairQueue queue, int lane, string key) : IDisposable
    {
        private readonly TaskCompletionSource<bool> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left;

        public int Lane => lane;
        public string Key => key;

        /// <summary>True when it is this place's turn, which lasts until it is disposed; false when another took the place.</summary>
        public Task<bool> Turn => _turn.Task;

        internal bool HasTurn => _turn.Task is { IsCompletedSuccessfully: true, Result: true };

        internal void Begin() => _turn.SetResult(true);

        internal void Refuse() => _turn.SetResult(false);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) queue.Leave(this);
        }
    }

    /// <summary>Those who wait in one lane. There are few, so that searching them is cheap.</summary>
    private sealed class Lane
    {
        // In the order in which keys have their turns; each with its places in the order of their arrival.
        private readonly LinkedList<List<Place>> _lines = [];

        public int Count { get; private set; }

        public void Add(Place place)
        {
            if (LineOf(place.Key) is { } line) line.Add(place);
            else _lines.AddLast([place]);
            Count++;
        }

        public Place? Take()
        {
            if (_lines.First is not { Value: var line }) return null;
            _lines.RemoveFirst();
            if (line.Count > 1) _lines.AddLast(line);
            Count--;
            var first = line[0];
            line.RemoveAt(0);
            return first;
        }

        public Place? Displace(string key)
        {
            var longest = _lines.MaxBy(line => line.Count)!;
            if (longest.Count <= (LineOf(key)?.Count ?? 0) + 1) return null;
            var last = longest[^1];
            Remove(last);
            return last;
        }

        public bool Remove(Place place)
        {
            if (LineOf(place.Key) is not { } line || !line.Remove(place)) return false;
            if (line.Count == 0) _lines.Remove(line);
            Count--;
            return true;
        }

        private List<Place>? LineOf(string key) => _lines.FirstOrDefault(line => line[0].Key == key);
    }
}
