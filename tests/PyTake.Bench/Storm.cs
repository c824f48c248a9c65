using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>The results of a reconnection storm. Seconds count from the moment when all browsers start to reconnect.</summary>
/// <param name="JoinedSeconds">Until the last browser was connected and had joined its conversation again.</param>
/// <param name="CaughtUpSeconds">Until the last one had received everything that it had missed.</param>
/// <param name="LongestHealthMs">The longest response time of any node's /health, which queries PostgreSQL.</param>
/// <param name="Failures">Attempts that failed and were retried.</param>
/// <param name="Missing">Browsers that had not caught up at the deadline.</param>
/// <param name="Wrong">Messages that arrived twice or out of order.</param>
internal sealed record StormFigures(
    int Number, int Browsers, double JoinedSeconds, double CaughtUpSeconds, double LongestHealthMs, int Unhealthy, int Failures, string? LastFailure,
    int Missing, int Wrong, CpuUse Cpu)
{
    public bool IsFaulty => Missing > 0 || Wrong > 0;
}

/// <summary>Thousands of browsers lose their connections at the same moment, customers write meanwhile, and all reconnect at once.</summary>
internal sealed class Storm : IDisposable
{
    private const int Conversations = 50, MissedInEach = 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40), PingInterval = TimeSpan.FromSeconds(10);

    private readonly ClusterFile _cluster;
    private readonly Webhook _webhook;
    private readonly HttpMessageInvoker _http;
    private readonly Inbox _inbox;
    private readonly StormBrowser[] _browsers;
    private readonly string _token;
    private readonly CancellationTokenSource _stop = new();
    private int _failedLists;

    private Storm(ClusterFile cluster, Webhook webhook, HttpMessageInvoker http, Inbox inbox, string token, StormBrowser[] browsers)
        => (_cluster, _webhook, _http, _inbox, _token, _browsers) = (cluster, webhook, http, inbox, token, browsers);

    public static async Task<Storm> PrepareAsync(int browsers, ClusterFile cluster, Database database, Webhook webhook, HttpMessageInvoker http)
    {
        var inbox = await Inbox.OpenAsync(Conversations, database, webhook, http);
        var token = await Agent.LogInAsync(cluster.BaseUrl);
        return new Storm(cluster, webhook, http, inbox, token,
            [.. Enumerable.Range(0, browsers).Select(n => new StormBrowser(cluster.BaseUrl, token, inbox.Conversations[n % Conversations], http))]);
    }

    public async Task<StormFigures> RunAsync(int number)
    {
        await Parallel.ForEachAsync(_browsers, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (browser, _) =>
        {
            await browser.EnterAsync(_stop.Token);
            await browser.HearAsync(1, _stop.Token);
            // A browser that reconnects has been here before, so it has loaded the list.
            await ListAsync("limit=100", _stop.Token);
        });
        _ = PingAsync();
        var failuresBefore = _browsers.Sum(browser => browser.Failures);
        var list = await ListAsync("limit=1", _stop.Token) ?? throw new IOException("the list of conversations could not be read");
        foreach (var browser in _browsers) browser.Drop();
        await MissAsync();

        var cpu = new CpuMeter(_cluster);
        var health = new HealthProbe(_cluster);
        var started = Stopwatch.GetTimestamp();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        deadline.CancelAfter(Deadline);
        var times = await Task.WhenAll(_browsers.Select(browser => Task.Run(() => ComeBackAsync(browser, list, started, deadline.Token))));
        var (longest, unhealthy) = await health.StopAsync();
        return new StormFigures(
            number, _browsers.Length, times.Max(t => t.Joined), times.Max(t => t.CaughtUp), longest, unhealthy,
            _browsers.Sum(browser => browser.Failures) - failuresBefore + _failedLists, _browsers.Select(browser => browser.LastFailure).FirstOrDefault(f => f is not null),
            times.Count(t => double.IsPositiveInfinity(t.CaughtUp)), _browsers.Sum(browser => browser.Wrong), cpu.Read());
    }

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var browser in _browsers) browser.Dispose();
        _stop.Dispose();
    }

    // Each browser has already received the first message of its conversation.
    private async Task<(double Joined, double CaughtUp)> ComeBackAsync(StormBrowser browser, long list, long started, CancellationToken deadline)
    {
        var joined = double.PositiveInfinity;
        try
        {
            while (true)
            {
                await browser.EnterAsync(deadline);
                joined = Stopwatch.GetElapsedTime(started).TotalSeconds;
                try
                {
                    await Task.WhenAll(browser.HearAsync(1 + MissedInEach, deadline), CatchUpWithListAsync(list, deadline));
                    return (joined, Stopwatch.GetElapsedTime(started).TotalSeconds);
                }
                catch (Exception exception) when (exception is IOException or System.Net.WebSockets.WebSocketException)
                {
                    browser.Drop();
                }
            }
        }
        catch (OperationCanceledException)
        {
            return (joined, double.PositiveInfinity);
        }
    }

    // As pytake-client does after each reconnect.
    private async Task CatchUpWithListAsync(long after, CancellationToken deadline)
    {
        for (var failures = 0; await ListAsync($"changed_after={after}&limit=100", deadline) is null; failures++)
        {
            Interlocked.Increment(ref _failedLists);
            await Task.Delay(StormBrowser.BackOff(failures + 1), deadline);
        }
    }

    /// <returns>The list's inbox number; null if the request failed.</returns>
    private async Task<long?> ListAsync(string query, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_cluster.BaseUrl, $"/api/v1/conversations?{query}"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_token}");
        try
        {
            using var answer = await _http.SendAsync(request, stop);
            await answer.Content.CopyToAsync(Stream.Null, stop);
            return answer.IsSuccessStatusCode ? long.Parse(answer.Headers.GetValues("X-Inbox-Seq").Single()) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task MissAsync()
    {
        var before = await _inbox.StoredAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, Conversations * MissedInEach), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, stop) =>
        {
            using var request = _webhook.Text(_inbox.Customers[n % Conversations], $"wamid.STORM{Guid.NewGuid():N}", $"Missed {n}");
            using var answer = await _http.SendAsync(request, stop);
            if (!answer.IsSuccessStatusCode) throw new IOException($"a webhook was answered {(int)answer.StatusCode}");
        });
        while (await _inbox.StoredAsync() < before + Conversations * MissedInEach) await Task.Delay(50);
    }

    private async Task PingAsync()
    {
        using var timer = new PeriodicTimer(PingInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                foreach (var browser in _browsers)
                    await browser.PingAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException)
        {
            // The storm has been disposed.
        }
    }
}
