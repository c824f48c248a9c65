using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>
/// Polls each node's /health directly, bypassing nginx, as a monitor would. It has dedicated threads: the thread pool serves
/// thousands of browsers, and queueing behind them would measure the generator.
/// </summary>
internal sealed class HealthProbe
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly ManualResetEventSlim _stop = new();
    private readonly Task<(double LongestMs, int Unhealthy)[]> _probing;

    public HealthProbe(ClusterFile cluster)
        => _probing = Task.WhenAll(cluster.Nodes.Select(node => Task.Factory.StartNew(() => Probe(node.Url), TaskCreationOptions.LongRunning)));

    /// <returns>The longest response time, and how many requests reported an unhealthy node or got no answer within 5 s.</returns>
    public async Task<(double LongestMs, int Unhealthy)> StopAsync()
    {
        _stop.Set();
        var found = await _probing;
        _stop.Dispose();
        return (found.Max(f => f.LongestMs), found.Sum(f => f.Unhealthy));
    }

    private (double LongestMs, int Unhealthy) Probe(Uri node)
    {
        using var http = new HttpClient { BaseAddress = node, Timeout = TimeSpan.FromSeconds(5) };
        var (longest, unhealthy) = (0.0, 0);
        do
        {
            var asked = Stopwatch.GetTimestamp();
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
                using var answer = http.Send(request);
                if (!answer.IsSuccessStatusCode) unhealthy++;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                unhealthy++;
            }
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
        }
        while (!_stop.Wait(Pause));
        return (longest, unhealthy);
    }
}
