using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace PyTake.Realtime;

/// <summary>
/// A group of this node as a member of one of Microsoft's groups, in the place of a connection: what is written to it is delivered to
/// the group, which waits for no browser.
/// </summary>
internal sealed class GroupMember(LocalGroup group, IHubProtocol json, ILoggerFactory loggers)
    : HubConnectionContext(new DefaultConnectionContext($"group-{Guid.NewGuid():N}"), new HubConnectionContextOptions(), loggers)
{
    /// <summary>An event between nodes: its place in a stream or 0, its name, and its arguments as an array.</summary>
    public const string Method = "event";

    /// <summary>Microsoft's name for a group of ours; nodes of earlier versions have browsers in the groups without a prefix.</summary>
    public static string GroupOf(string name) => "group:" + name;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(SerializedHubMessage message, CancellationToken cancellationToken = default)
    {
        // Without the protocol's record separator.
        using var frame = JsonDocument.Parse(message.GetSerializedMessage(json)[..^1]);
        var sent = frame.RootElement.GetProperty("arguments");
        var arguments = JsonMarshal.GetRawUtf8Value(sent[2]);
        // Without the array's brackets.
        group.Deliver(sent[1].GetString()!, arguments[1..^1].ToArray(), sent[0].GetInt64());
        return ValueTask.CompletedTask;
    }
}
