using System.Diagnostics;

namespace PyTake.Faults.Inflicted;

/// <summary>Random faults, one after the other, for a given time; one that touches no process may be combined with another.</summary>
internal sealed class Everything(IReadOnlyList<Fault> faults, TimeSpan duration, Action<string> say)
    : Fault("all-at-random", "All of these at random, one after the other, sometimes two at a time")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        Fault[] possible = [.. faults.Where(fault => fault.Hindrance(scene) is null)];
        Fault[] companions = [.. possible.Where(fault => fault.IsCompanion)];
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < duration;)
        {
            List<Fault> chosen = [possible[scene.Random.Next(possible.Length)]];
            if (companions.Length > 0 && scene.Random.Next(2) == 0) chosen.Add(companions[scene.Random.Next(companions.Length)]);
            say($"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:0} s: {string.Join(" with ", chosen.Select(fault => fault.Name).Distinct())}");
            await Task.WhenAll(chosen.Distinct().Select(fault => fault.InflictAsync(scene, cancellationToken)));
        }
    }
}
