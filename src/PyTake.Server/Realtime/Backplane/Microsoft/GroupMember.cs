using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace PyTake.Realtime;

/// <summary>
/// Poses as a connection in one of Microsoft's groups on behalf of a whole group of this node: what is written to it is delivered to the
/// group, without waiting for any browser.
/// </summary>
internal sealed class GroupMember(LocalGroup group, IHubProtocol json, ILoggerFactory loggers)
    : HubConnectionContext(new DefaultConnectionContext($"group-{Guid.NewGuid():N}"), new HubConnectionContextOptions(), loggers)
{
    /// <summary>An event between nodes. Its arguments: the number in a stream or 0, the event's name, the event's arguments as an array.</summary>
    public const string Method = "event";

    /// <summary>The name of our group in Microsoft's backplane. Nodes of earlier versions keep browsers in the groups without a prefix.</summary>
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
