using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace PyTake.Faults.Peers;

/// <summary>
/// Another system that accepts the same webhooks and sends <c>message:new</c> to Socket.IO clients in rooms. It is started separately, and
/// described in a file:
/// <code>
/// { "name": "Socket.IO with its Redis adapter", "base_url": "http://127.0.0.1:24680", "app_secret": "…", "token": "…", "redis_port": 24683,
///   "nodes": [ { "pid": 1, "start": "a command that starts it, prints its pid and ends when it is ready" } ],
///   "redis": { "pid": 2, "start": "…" }, "nginx": { "pid": 3, "start": "…" } }
/// </code>
/// </summary>
internal sealed record Peer(string Name, Uri BaseUrl, string AppSecret, string Token, int RedisPort, PeerPart[] Nodes, PeerPart Redis, PeerPart Nginx)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="JsonException">The file describes no peer.</exception>
    public static Peer Read(string file) => JsonSerializer.Deserialize<Peer>(File.ReadAllText(file), Json) ?? throw new JsonException($"{file} is empty");
}

/// <summary>A part of a peer: a process with its children.</summary>
internal sealed class PeerPart(int pid, string start)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public int Pid { get; private set; } = pid;
    public string Start => start;

    /// <summary>Stops it, and starts it again after <paramref name="away"/>.</summary>
    /// <exception cref="IOException">It did not stop, or did not start.</exception>
    public async Task RestartAsync(Signal signal, TimeSpan away)
    {
        int[] all = [Pid, .. Processes.ChildrenOf(Pid)];
        foreach (var process in all) Processes.TrySignal(process, signal);
        foreach (var process in all)
            if (!await Processes.HasEndedAsync(process, Deadline)) throw new IOException($"process {process} did not end");
        await Task.Delay(away);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", Start]) { RedirectStandardOutput = true })!;
        var line = await shell.StandardOutput.ReadLineAsync();
        await shell.WaitForExitAsync();
        Pid = int.TryParse(line, CultureInfo.InvariantCulture, out var started) ? started : throw new IOException($"'{Start}' did not print a pid");
    }
}
