namespace PyTake.Database;

/// <summary>
/// Batches lookups that arrive at the same time into one query, and merges those of the same key. A lookup starts a query at once while
/// few are running; otherwise it joins the next one. A lookup never joins a query that has already started, so its answer is never stale.
/// </summary>
/// <param name="ask">Finds the values of these keys; a key that is missing from the result gets the type's default.</param>
/// <param name="most">The most keys in one query.</param>
internal sealed class Gather<TKey, TValue>(Func<TKey[], Task<IReadOnlyDictionary<TKey, TValue>>> ask, int most) where TKey : notnull
{
    private const int AtATime = 4;
    private readonly Lock _lock = new();
    private readonly Queue<Batch> _waiting = new();
    private Batch? _last;
    private int _underWay;

    /// <summary>The value of one key.</summary>
    /// <param name="cancellationToken">Cancels the wait but not the query, which other callers share.</param>
    public async Task<TValue?> AskAsync(TKey key, CancellationToken cancellationToken)
    {
        var answers = await Join(key).WaitAsync(cancellationToken);
        return answers.GetValueOrDefault(key);
    }

    private Task<IReadOnlyDictionary<TKey, TValue>> Join(TKey key)
    {
        Batch batch;
        lock (_lock)
        {
            if (_last is null || _last.Keys.Count >= most) _waiting.Enqueue(_last = new Batch());
            batch = _last;
            batch.Keys.Add(key);
            if (_underWay == AtATime) return batch.Answers.Task;
            _underWay++;
        }
        _ = RunAsync();
        return batch.Answers.Task;
    }

    private async Task RunAsync()
    {
        while (Next() is { } batch)
        {
            try
            {
                batch.Answers.SetResult(await ask([.. batch.Keys]));
            }
            catch (Exception exception)
            {
                batch.Answers.SetException(exception);
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

        public TaskCompletionSource<IReadOnlyDictionary<TKey, TValue>> Answers { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
