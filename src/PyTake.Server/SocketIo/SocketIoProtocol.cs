using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Json;
using PyTake.Realtime;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>
/// Socket.IO's packets as a SignalR hub protocol, for one namespace: a client's event is a call, its acknowledgement the call's result,
/// and what the hub sends is an event. In the pipes each packet is an Engine.IO message in the format of a poll's payload
/// (<see cref="EnginePacket"/>), followed by its attachments.
/// </summary>
/// <remarks>Client results are not supported; none of our methods uses them.</remarks>
internal sealed class SocketIoProtocol : IJsonArgumentsProtocol
{
    private const string MainNamespace = "/";
    private const string HubErrorPrefix = "HubException: ";
    private static readonly byte[] Placeholder = "{\"_placeholder\":true,\"num\":"u8.ToArray();

    private readonly byte[] _namespace;

    /// <param name="name">The namespace, with its slash.</param>
    public SocketIoProtocol(string name = MainNamespace)
    {
        Name = NameOf(name);
        _namespace = name == MainNamespace ? [] : [.. Encoding.UTF8.GetBytes(name), (byte)','];
    }

    public string Name { get; }

    /// <summary>Socket.IO's protocol revision. No SignalR client asks for it.</summary>
    public int Version => 5;

    public TransferFormat TransferFormat => TransferFormat.Text;

    public static string NameOf(string @namespace) => @namespace == MainNamespace ? "socketio" : "socketio:" + @namespace;

    public bool IsVersionSupported(int version) => version == Version;

    public byte[] Frame(string method, ReadOnlySpan<byte> arguments)
    {
        var name = JsonEncodedText.Encode(method, Wire.Options.Encoder).EncodedUtf8Bytes;
        ReadOnlySpan<byte> comma = arguments.IsEmpty ? [] : ","u8;
        return [.. "42"u8, .. _namespace, .. "[\""u8, .. name, .. "\""u8, .. comma, .. arguments, .. "]\u001e"u8];
    }

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        WriteMessage(message, output);
        return output.WrittenMemory;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        switch (message)
        {
            // Calls that expect a result are written as plain events: none is made here, but Microsoft's backplane has a call to a
            // SignalR client framed by every protocol.
            case InvocationMessage call:
                Write(output, SocketPacketType.Event, null, [JsonSerializer.SerializeToElement(call.Target), .. call.Arguments]);
                break;
            case CompletionMessage completion:
                Write(output, SocketPacketType.Ack, completion.InvocationId, Answer(completion));
                break;
            case CloseMessage { AllowReconnect: false }:
                output.Write((byte[])[EnginePacket.Message, Digit(SocketPacketType.Disconnect), .. _namespace, EnginePacket.Separator]);
                break;
            // A client whose connection just ends reconnects on its own; the heartbeat is Engine.IO's.
            case CloseMessage or PingMessage:
                break;
            default:
                throw new NotSupportedException($"Socket.IO has no {message.GetType().Name} like this");
        }
    }

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        message = null;
        var rest = input;
        if (!TryTake(ref rest, out var record)) return false;
        if (record is not [EnginePacket.Message, .. var text] || !SocketPacket.TryRead(text, out var packet))
            throw new InvalidDataException("Not a packet of Socket.IO's");
        var attachments = new byte[packet.Attachments][];
        for (var i = 0; i < attachments.Length; i++)
        {
            if (!TryTake(ref rest, out var attachment)) return false;
            attachments[i] = ReadAttachment(attachment);
        }
        input = rest;
        // Acknowledgements are ignored: they become a ping, which SignalR accepts at any time.
        message = packet.IsEvent ? Call(packet, attachments, binder) : PingMessage.Instance;
        return true;
    }

    private static byte Digit(SocketPacketType type) => (byte)('0' + (byte)type);

    // No result becomes no argument, a tuple becomes several.
    private static object?[] Answer(CompletionMessage completion) => completion switch
    {
        { Error: { } error } => [new { error = MessageOf(error) }],
        { Result: null } => [],
        { Result: ITuple several } => [.. Enumerable.Range(0, several.Length).Select(i => several[i])],
        _ => [completion.Result],
    };

    // SignalR wraps the message of a HubException in a text meant for its own clients.
    private static string MessageOf(string error)
        => error.IndexOf(HubErrorPrefix, StringComparison.Ordinal) is >= 0 and var at ? error[(at + HubErrorPrefix.Length)..] : error;

    private void Write(IBufferWriter<byte> output, SocketPacketType type, string? id, object?[] items)
    {
        var attachments = items.OfType<byte[]>().ToArray();
        output.Write((byte[])[EnginePacket.Message, Digit(attachments.Length == 0 ? type : type + 3)]);
        if (attachments.Length > 0) output.Write(Encoding.ASCII.GetBytes(attachments.Length.ToString(CultureInfo.InvariantCulture) + "-"));
        output.Write(_namespace);
        if (id is not null) output.Write(Encoding.UTF8.GetBytes(id));
        output.Write("["u8);
        var num = 0;
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0) output.Write(","u8);
            var isBinary = items[i] is byte[];
            output.Write(isBinary ? [.. Placeholder, .. Encoding.ASCII.GetBytes($"{num++}}}")] : HubFrame.Serialize([items[i]]));
        }
        output.Write((byte[])[(byte)']', EnginePacket.Separator]);
        foreach (var attachment in attachments) output.Write(EnginePacket.OfBinary(attachment));
    }

    private static bool TryTake(ref ReadOnlySequence<byte> rest, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (rest.PositionOf(EnginePacket.Separator) is not { } end) return false;
        var slice = rest.Slice(0, end);
        record = slice.IsSingleSegment ? slice.FirstSpan : slice.ToArray();
        rest = rest.Slice(rest.GetPosition(1, end));
        return true;
    }

    private static byte[] ReadAttachment(ReadOnlySpan<byte> record)
    {
        try
        {
            if (record is [EnginePacket.Binary, .. var base64]) return EnginePacket.ReadBinary(base64);
        }
        catch (InvalidPacketException)
        {
            // Refused below, like anything else that is not an attachment.
        }
        throw new InvalidDataException("Not an attachment");
    }

    // As in JsonProtocol, every call reaches the hub, however malformed, and is counted and answered there.
    private static InvocationMessage Call(SocketPacket packet, byte[][] attachments, IInvocationBinder binder)
    {
        var reader = new Utf8JsonReader(packet.Json);
        var items = JsonElement.ParseValue(ref reader).EnumerateArray().ToArray();
        var (id, target) = (packet.Id?.ToString(CultureInfo.InvariantCulture), items[0].GetString()!);
        try
        {
            var types = binder.GetParameterTypes(target);
            return new(id, target, [.. types.Select((type, i) => i + 1 < items.Length ? Bind(items[i + 1], type, attachments) : Missing(type))]);
        }
        catch (Exception exception) when (exception is HubException or JsonException)
        {
            return new(id, ChatHub.Unknown, []);
        }
    }

    private static object? Missing(Type type) => type == typeof(JsonElement) ? default(JsonElement) : null;

    // A byte[] parameter receives the attachment; any other receives the JSON placeholder for it.
    private static object? Bind(JsonElement item, Type type, byte[][] attachments)
    {
        if (type == typeof(JsonElement)) return item;
        if (type == typeof(object)) return AttachmentOf(item, attachments) ?? (object)item;
        return AttachmentOf(item, attachments) is { } attachment && type == typeof(byte[]) ? attachment : item.Deserialize(type, Wire.Options);
    }

    private static byte[]? AttachmentOf(JsonElement item, byte[][] attachments)
        => attachments.Length > 0 && item.ValueKind == JsonValueKind.Object
            && item.TryGetProperty("_placeholder", out var mark) && mark.ValueKind == JsonValueKind.True
            && item.TryGetProperty("num", out var num) && num.TryGetInt32(out var index) && index >= 0 && index < attachments.Length
            ? attachments[index]
            : null;
}
