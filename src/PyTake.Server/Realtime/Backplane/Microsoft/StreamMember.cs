using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace PyTake.Realtime;

/// <summary>
/// A room of this node as a member of one of Microsoft's groups, in the place of a connection: what is written to it goes to the room's
/// stream, which hands it out, and is never waited for. Steps have a group of their own beside the room's, because a browser in
/// both would hear them twice.
/// </summary>
internal sealed class StreamMember(Guid conversationId, LocalGroup room, IHubProtocol json, ILoggerFactory loggers)
    : HubConnectionContext(new DefaultConnectionContext($"stream-{Guid.NewGuid():N}"), new HubConnectionContextOptions(), loggers)
{
    /// <summary>A step between nodes: its number, the event's name, and its payload.</summary>
    public const string Method = "step";

    /// <summary>The group that a room's steps are sent to.</summary>
    public static string GroupOf(string room) => "stream:" + room;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(SerializedHubMessage message, CancellationToken cancellationToken = default)
    {
        // Without the protocol's record separator.
        using var frame = JsonDocument.Parse(message.GetSerializedMessage(json)[..^1]);
        // Everything else is for everybody, and so not for a stream.
        if (frame.RootElement.GetProperty("target").ValueEquals(Method)) Take(frame.RootElement.GetProperty("arguments"));
        return ValueTask.CompletedTask;
    }

    private void Take(JsonElement step) => room.Deliver(
        new HubFrame(step[1].GetString()!, JsonMarshal.GetRawUtf8Value(step[2]).ToArray(), conversationId, step[0].GetInt64()), []);
}
