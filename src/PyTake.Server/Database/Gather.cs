namespace PyTake.Database;

/// <summary>
/// Answers many that ask at the same time with one query, and those that ask the same with one answer. Who asks while few queries are
/// under way is served at once; the others share the next one. An answer is never older than its question.
/// </summary>
/// <param name="ask">What is found of these keys; what is missing is answered with the type's default.</param>
/// <param name="most">Keys in one query.</param>
internal sealed class Gather<TKey, TValue>(Func<TKey[], Task<IReadOnlyDictionary<TKey, TValue>>> ask, int most) where TKey : notnull
{
    private const int AtATime = 4;
    private readonly Lock _lock = new();
    private readonly Queue<Batch> _waiting = new();
    private Batch? _last;
    private int _underWay;

    /// <summary>The answer for one key.</summary>
    /// <param name="cancellationToken">Ends the waiting; the query is others' as well.</param>
    public async Task<TValue?> AskAsync(TKey key, CancellationToken cancellationToken)
    {
        var answers = await Enter(key).WaitAsync(cancellationToken);
        return answers.GetValueOrDefault(key);
    }

    private Task<IReadOnlyDictionary<TKey, TValue>> Enter(TKey key)
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
            // Nobody joins a batch whose query has begun.
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
