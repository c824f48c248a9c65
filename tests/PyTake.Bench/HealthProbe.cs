using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>Asks each node's /health again and again, past nginx, as whoever watches it would.</summary>
internal sealed class HealthProbe
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<(double LongestMs, int Unhealthy)[]> _probing;

    public HealthProbe(Cluster cluster) => _probing = Task.WhenAll(cluster.Nodes.Select(node => Task.Run(() => ProbeAsync(node.Url))));

    /// <returns>The longest answer, and how many said that the node is not healthy, or did not come within 5 s.</returns>
    public async Task<(double LongestMs, int Unhealthy)> StopAsync()
    {
        await _stop.CancelAsync();
        var found = await _probing;
        _stop.Dispose();
        return (found.Max(f => f.LongestMs), found.Sum(f => f.Unhealthy));
    }

    private async Task<(double LongestMs, int Unhealthy)> ProbeAsync(Uri node)
    {
        using var http = new HttpClient { BaseAddress = node, Timeout = TimeSpan.FromSeconds(5) };
        var (longest, unhealthy) = (0.0, 0);
        while (!_stop.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await http.GetAsync("/health");
                if (!answer.IsSuccessStatusCode) unhealthy++;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                unhealthy++;
            }
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return (longest, unhealthy);
    }
}
