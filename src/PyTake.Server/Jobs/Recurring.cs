namespace PyTake.Jobs;

/// <summary>Something to do every so often; it must not mind if another node does it at the same time.</summary>
/// <param name="Name">For the log and the dashboard.</param>
/// <param name="Every">The pause between runs.</param>
/// <param name="OnEachNode">
/// Whether each node that works does it for itself, by its own clock: the nets under everything else, several a second. Of the rest
/// one run for all nodes is enough.
/// </param>
/// <param name="RunAsync">One run. An exception is logged and the next run comes as usual.</param>
public sealed record Recurring(string Name, TimeSpan Every, bool OnEachNode, Func<CancellationToken, Task> RunAsync);
