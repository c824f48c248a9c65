namespace PyTake.Faults.Load;

/// <summary>As src/pytake-client/src/hedge.ts: asks, and asks again beside those before while no answer comes; the first counts.</summary>
/// <param name="Pause">How long to wait for an answer before asking once more.</param>
/// <param name="Most">How many are asked at most.</param>
internal sealed record Hedge(TimeSpan Pause, int Most)
{
    /// <param name="ask">Its token ends when another was answered first.</param>
    /// <param name="late">Gets what is answered all the same after another's answer.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    /// <returns>The first answer, or what the first one throws.</returns>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, Action<T> late, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<T>> asked = [ask(over.Token)];
        while (asked.Count < Most && await Task.WhenAny([.. asked, Task.Delay(Pause, over.Token)]) is not Task<T>) asked.Add(ask(over.Token));
        var first = await Task.WhenAny(asked);
        await over.CancelAsync();
        foreach (var other in asked.Where(other => other != first)) _ = DiscardAsync(other, late);
        return await first;
    }

    private static async Task DiscardAsync<T>(Task<T> other, Action<T> late)
    {
        await ((Task)other).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (other.IsCompletedSuccessfully) late(other.Result);
    }
}
