namespace PyTake.Faults.Load;

/// <summary>Hedged requests, as in src/pytake-client/src/hedge.ts: while no answer arrives, the request is sent again in parallel; the first answer counts.</summary>
/// <param name="Pause">How long to wait for an answer before sending once more.</param>
/// <param name="Most">The maximum number of parallel requests.</param>
internal sealed record Hedge(TimeSpan Pause, int Most)
{
    /// <param name="ask">Sends one request; its token is cancelled when another one was answered first.</param>
    /// <param name="late">Receives answers that arrive after the first.</param>
    /// <param name="cancellationToken">Cancels all of them.</param>
    /// <returns>The first answer; throws if the first request to complete failed.</returns>
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
