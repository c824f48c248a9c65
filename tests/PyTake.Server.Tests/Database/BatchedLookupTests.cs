namespace PyTake.Database;

public sealed class BatchedLookupTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private readonly List<(int[] Keys, TaskCompletionSource Answered)> _queries = [];

    [Fact]
    public async Task A_single_caller_is_answered_at_once_and_a_missing_key_is_null()
    {
        var lookup = Lookup();
        var (one, odd) = (lookup.FindAsync(2, Cancelled), lookup.FindAsync(3, Cancelled));
        Answer(0, 1);
        Assert.Equal("2", await one);
        Assert.Null(await odd);
    }

    [Fact]
    public async Task Callers_that_come_while_queries_are_running_share_the_next_one()
    {
        var lookup = Lookup();
        var first = Enumerable.Range(1, 4).Select(n => lookup.FindAsync(n * 2, Cancelled)).ToArray();
        var others = new[] { 20, 22, 20, 22 }.Select(n => lookup.FindAsync(n, Cancelled)).ToArray();
        Assert.Equal(4, _queries.Count);
        Answer(1);
        await first[1];
        await Wait.Until(() => _queries.Count == 5);
        Assert.Equal([20, 22], _queries[4].Keys);
        // A caller that comes now starts another query: the running one may not see what was written just before the call.
        var late = lookup.FindAsync(20, Cancelled);
        Answer(4, 0, 2, 3);
        Assert.Equal((string?[])["20", "22", "20", "22"], await Task.WhenAll(others));
        await Wait.Until(() => _queries.Count == 6);
        Answer(5);
        Assert.Equal("20", await late);
    }

    [Fact]
    public async Task A_query_takes_at_most_the_allowed_number_of_keys()
    {
        var lookup = Lookup();
        var all = Enumerable.Range(1, 11).Select(n => lookup.FindAsync(n * 2, Cancelled)).ToArray();
        for (var n = 0; n < 7; n++)
        {
            await Wait.Until(() => _queries.Count > n);
            Assert.InRange(_queries[n].Keys.Length, 1, 3);
            Answer(n);
        }
        Assert.Equal(11, (await Task.WhenAll(all)).Distinct().Count());
    }

    [Fact]
    public async Task A_query_that_fails_fails_only_for_the_callers_that_shared_it()
    {
        var lookup = Lookup();
        var (failing, fine) = (lookup.FindAsync(2, Cancelled), lookup.FindAsync(4, Cancelled));
        _queries[0].Answered.SetException(new IOException("away"));
        Answer(1);
        await Assert.ThrowsAsync<IOException>(() => failing);
        Assert.Equal("4", await fine);
        var again = lookup.FindAsync(2, Cancelled);
        Answer(2);
        Assert.Equal("2", await again);
    }

    [Fact]
    public async Task A_cancelled_caller_does_not_cancel_the_others()
    {
        var lookup = Lookup();
        using var impatient = new CancellationTokenSource();
        for (var n = 0; n < 4; n++) _ = lookup.FindAsync(n * 2, Cancelled);
        var (gone, stays) = (lookup.FindAsync(20, impatient.Token), lookup.FindAsync(20, Cancelled));
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Answer(0, 1, 2, 3);
        await Wait.Until(() => _queries.Count == 5);
        Answer(4);
        Assert.Equal("20", await stays);
    }

    // Finds even numbers.
    private BatchedLookup<int, string> Lookup() => new(async keys =>
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_queries) _queries.Add((keys, answered));
        await answered.Task;
        return keys.Where(key => key % 2 == 0).ToDictionary(key => key, key => $"{key}");
    }, most: 3);

    private void Answer(params int[] queries)
    {
        foreach (var query in queries) _queries[query].Answered.TrySetResult();
    }
}
