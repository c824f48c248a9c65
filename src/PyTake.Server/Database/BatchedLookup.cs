namespace PyTake.Database;

/// <summary>
/// Batches lookups that arrive at the same time into one query, and merges those of the same key. A lookup starts a query at once while
/// few are running; otherwise it joins the next one. A lookup never joins a query that has already started, so its result is never stale.
/// </summary>
/// <param name="find">Finds the values of these keys; a key that is missing from the result gets the type's default.</param>
/// <param name="most">The most keys in one query.</param>
internal sealed class BatchedLookup<TKey, TValue>(Func<TKey[], Task<IReadOnlyDictionary<TKey, TValue>>> find, int most) where TKey : notnull
{
    private const int AtATime = 4;
    private readonly Lock _lock = new();
    private readonly Queue<Batch> _waiting = new();
    private Batch? _last;
    private int _underWay;

    /// <summary>The value of one key.</summary>
    /// <param name="cancellationToken">Cancels the wait but not the query, which other callers share.</param>
    public async Task<TValue?> FindAsync(TKey key, CancellationToken cancellationToken)
    {
        var results = await Join(key).WaitAsync(cancellationToken);
        return results.GetValueOrDefault(key);
    }

    private Task<IReadOnlyDictionary<TKey, TValue>> Join(TKey key)
    {
        Batch batch;
        lock (_lock)
        {
            if (_last is null || _last.Keys.Count >= most) _waiting.Enqueue(_last = new Batch());
            batch = _last;
            batch.Keys.Add(key);
            if (_underWay == AtATime) return batch.Results.Task;
            _underWay++;
        }
        _ = RunAsync();
        return batch.Results.Task;
    }

    private async Task RunAsync()
    {
        while (Next() is { } batch)
        {
            try
            {
                batch.Results.SetResult(await find([.. batch.Keys]));
            }
            catch (Exception exception)
            {
                batch.Results.SetException(exception);
            }
        }
    }

    private Batch? Next()
    {
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out var batch)) _underWay--;
            // No lookup joins a batch whose query has begun.
            if (batch == _last) _last = null;
            return batch;
        }
    }

    private sealed class Batch
    {
        public HashSet<TKey> Keys { get; } = [];

        public TaskCompletionSource<IReadOnlyDictionary<TKey, TValue>> Results { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
