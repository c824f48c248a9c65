using Hangfire;
using PyTake.Hosting;

namespace PyTake.Jobs;

/// <summary>This node's drains, and what starts them.</summary>
internal sealed class DrainStarters(
    IEnumerable<IDrain> drains, IBackgroundJobClient client, JobStorage storage, HangfireSettings settings, TimeProvider time,
    Supervisor supervisor, ILogger<DrainStarter> logger) : NodeService(supervisor), IWork
{
    private readonly IReadOnlyDictionary<string, DrainStarter> _starters
        = drains.ToDictionary(drain => drain.Name, drain => new DrainStarter(drain, client, storage, settings, time, logger));

    /// <exception cref="InvalidOperationException">A job of another version of the program.</exception>
    public DrainStarter Of(string drain) => _starters.TryGetValue(drain, out var starter)
        ? starter
        : throw new InvalidOperationException($"This node has no drain '{drain}'");

    protected override IReadOnlyList<Loop> Loops => [.. _starters.Values.Select(starter => (Loop)starter.StartWhenSignalledAsync)];
}
