using System.ComponentModel.DataAnnotations;

namespace PyTake.SocketIo;

/// <summary>The endpoint for Socket.IO's clients. They learn the first three of these when they connect.</summary>
public sealed class SocketIoOptions
{
    public const string Section = "SocketIo";

    /// <summary>How often the node asks a client whether it is still there.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long it waits for the answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes that a client may send at once. A single message may not be larger than the hub takes from anybody, 32 KB.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxPayload { get; set; } = 32_000;

    /// <summary>How long a client may take to change from polling to a WebSocket once it began.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may be here without having been let in.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);
}
