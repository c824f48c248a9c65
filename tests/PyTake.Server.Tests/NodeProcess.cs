using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace PyTake;

/// <summary>A node in a process of its own, as it is shipped: with its default log level, and with metrics of this node alone.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly HttpClient _http = new();

    private NodeProcess(Process process, Uri url, Uri metrics)
    {
        (_process, Url, Metrics) = (process, url, metrics);
        _process.OutputDataReceived += (_, line) => { if (line.Data is not null) _lines.Enqueue(line.Data); };
        _process.ErrorDataReceived += (_, line) => { if (line.Data is not null) _lines.Enqueue(line.Data); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>http://127.0.0.1:port</summary>
    public Uri Url { get; }

    /// <summary>The address of its metrics, if the settings enable them.</summary>
    public Uri Metrics { get; }

    /// <summary>The exit code of a node that has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The lines it has written so far.</summary>
    public IReadOnlyList<string> Output => [.. _lines];

    /// <param name="database">The cluster it belongs to.</param>
    /// <param name="settings">Added to those of <see cref="TestNode"/>, or replacing them; workers are on.</param>
    public static async Task<NodeProcess> StartAsync(TestDatabase database, params (string Key, string Value)[] settings)
    {
        var (url, metrics) = (new Uri($"http://127.0.0.1:{Ports.Free()}"), new Uri($"http://127.0.0.1:{Ports.Free()}/metrics"));
        var all = TestNode.Usual(database);
        all.Remove("Logging:LogLevel:Default");
        all["ConnectionStrings:Postgres"] = new NpgsqlConnectionStringBuilder(database.NodeConnectionString) { IncludeErrorDetail = false }.ConnectionString;
        all["Workers:Enabled"] = "true";
        all["Operations:MetricsUrl"] = metrics.GetLeftPart(UriPartial.Authority);
        all["Operations:LookInterval"] = "00:00:00.1";
        foreach (var (key, value) in settings) all[key] = value;
        var process = ServerProcess.Start(["--urls", url.ToString()], [.. all.Select(s => (s.Key, s.Value))]);
        var node = new NodeProcess(process, url, metrics);
        await Wait.Until(node.IsReadyAsync, TimeSpan.FromSeconds(60));
        return node;
    }

    /// <summary>A client of this node, with this access token if one is given.</summary>
    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient { BaseAddress = Url };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>Its metrics as text.</summary>
    public Task<string> MetricsAsync() => _http.GetStringAsync(Metrics);

    /// <summary>Stops it as an operator does, waits for the end of its output, and asserts that it stopped cleanly.</summary>
    public async Task StopAsync()
    {
        await ServerProcess.TerminateAsync(_process);
        Assert.True(_process.ExitCode == 0, $"The node ended with {_process.ExitCode}: {string.Join('\n', Output.TakeLast(20))}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited) Assert.Fail($"The node ended: {string.Join('\n', Output)}");
        try
        {
            using var answer = await _http.GetAsync(new Uri(Url, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
