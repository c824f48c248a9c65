using System.ComponentModel.DataAnnotations;

namespace PyTake.SocketIo;

/// <summary>The endpoint for Socket.IO clients. The handshake tells them the first three of these.</summary>
public sealed class SocketIoOptions
{
    public const string Section = "SocketIo";

    /// <summary>How often the node pings a client.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long it waits for the pong.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes a client may send in one payload. A single message may also not exceed the hub's own limit, 32 KB.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxPayload { get; set; } = 32_000;

    /// <summary>How long an upgrade from polling to a WebSocket may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a session may exist without a namespace having admitted its client.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);
}
