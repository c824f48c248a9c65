using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace PyTake.Faults.Peers;

/// <summary>
/// Another system that takes the same webhooks and sends <c>message:new</c> to Socket.IO clients in rooms; somebody else has started it, and
/// described it in a file:
/// <code>
/// { "name": "socket.io with its Redis adapter", "base_url": "http://127.0.0.1:24680", "app_secret": "…", "token": "…",
///   "nodes": [ { "pid": 1, "start": "a command that starts it and prints its pid" } ], "redis": { "pid": 2, "start": "…" } }
/// </code>
/// </summary>
internal sealed record Peer(string Name, Uri BaseUrl, string AppSecret, string Token, PeerPart[] Nodes, PeerPart Redis)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="JsonException">The file describes no peer.</exception>
    public static Peer Read(string file) => JsonSerializer.Deserialize<Peer>(File.ReadAllText(file), Json) ?? throw new JsonException($"{file} is empty");
}

/// <summary>A process of a peer's.</summary>
internal sealed class PeerPart(int pid, string start)
{
    public int Pid { get; private set; } = pid;
    public string Start => start;

    /// <summary>Kills it, and starts it again after so long.</summary>
    public async Task RestartAsync(TimeSpan away)
    {
        ClusterParts.Kill(Pid);
        await Task.Delay(away);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", Start]) { RedirectStandardOutput = true })!;
        Pid = int.Parse((await shell.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }
}
