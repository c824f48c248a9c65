namespace PyTake.Jobs;

/// <summary>Recurring work. Must tolerate that another node runs it at the same time.</summary>
/// <param name="Name">For the log and the dashboard.</param>
/// <param name="Every">The pause between runs.</param>
/// <param name="OnEachNode">
/// True for sweeps, which each node with workers runs by its own timer, some of them several times a second. False if one run for all
/// nodes is enough.
/// </param>
/// <param name="RunAsync">One run. An exception is logged and the next run takes place as usual.</param>
public sealed record Recurring(string Name, TimeSpan Every, bool OnEachNode, Func<CancellationToken, Task> RunAsync);
