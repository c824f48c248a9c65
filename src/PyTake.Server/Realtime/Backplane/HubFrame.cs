using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Json;

namespace PyTake.Realtime;

/// <summary>A hub protocol that can frame arguments which are already JSON.</summary>
public interface IJsonArgumentsProtocol : IHubProtocol
{
    /// <summary>One whole frame with its delimiter.</summary>
    /// <param name="method">The event's name.</param>
    /// <param name="arguments">The arguments as JSON, separated by commas, without the array's brackets.</param>
    byte[] Frame(string method, ReadOnlySpan<byte> arguments);
}

/// <summary>One event, or several in one write, for any number of connections: framed once for each hub protocol.</summary>
internal sealed class HubFrame
{
    private readonly (string Method, ReadOnlyMemory<byte> Arguments)[] _events;
    private volatile Framed? _framed;

    /// <summary>An event whose arguments are already JSON.</summary>
    public HubFrame(string method, ReadOnlyMemory<byte> arguments, Guid stream = default, long seq = 0)
        : this([(method, arguments)], stream, seq)
    {
    }

    /// <summary>Several events, in order, as one write.</summary>
    public HubFrame((string Method, ReadOnlyMemory<byte> Arguments)[] events, Guid stream = default, long seq = 0)
        => (_events, Stream, Seq) = (events, stream, seq);

    /// <summary>The stream that the events belong to: a conversation, or an organization's list; empty if none.</summary>
    public Guid Stream { get; }

    /// <summary>Its number there, or 0.</summary>
    public long Seq { get; }

    /// <summary>How many events it contains.</summary>
    public int Count => _events.Length;

    /// <summary>An event with one argument.</summary>
    public static HubFrame Of<T>(string method, T argument) => new(method, JsonSerializer.SerializeToUtf8Bytes(argument, Wire.Options));

    /// <summary>The arguments of a hub call as JSON, separated by commas.</summary>
    public static byte[] Serialize(object?[] arguments)
    {
        if (arguments.Length == 1) return Serialize(arguments[0]);
        using var joined = new MemoryStream();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (i > 0) joined.WriteByte((byte)',');
            joined.Write(Serialize(arguments[i]));
        }
        return joined.ToArray();
    }

    /// <summary>What to write to a connection of this protocol.</summary>
    public SerializedHubMessage For(IHubProtocol protocol, out int bytes)
    {
        for (var framed = _framed; framed is not null; framed = framed.Next)
            if (framed.Protocol == protocol.Name)
            {
                bytes = framed.Bytes;
                return framed.Message;
            }
        var fresh = Frame(protocol);
        // Two threads may frame the same events at once; the bytes are equal, so either result will do.
        _framed = fresh;
        bytes = fresh.Bytes;
        return fresh.Message;
    }

    /// <summary>Its length in bytes on a connection of this protocol.</summary>
    public int Bytes(IHubProtocol protocol)
    {
        For(protocol, out var bytes);
        return bytes;
    }

    private Framed Frame(IHubProtocol protocol)
    {
        ReadOnlyMemory<byte> bytes;
        if (_events.Length == 1) bytes = Frame(protocol, _events[0].Method, _events[0].Arguments);
        else
        {
            // Messages can simply be joined: each carries its protocol's own delimiter.
            using var joined = new MemoryStream();
            foreach (var (method, arguments) in _events) joined.Write(Frame(protocol, method, arguments).Span);
            bytes = joined.ToArray();
        }
        return new(protocol.Name, new SerializedHubMessage([new SerializedMessage(protocol.Name, bytes)]), bytes.Length, _framed);
    }

    private static ReadOnlyMemory<byte> Frame(IHubProtocol protocol, string method, ReadOnlyMemory<byte> arguments) => protocol switch
    {
        IJsonArgumentsProtocol ours => ours.Frame(method, arguments.Span),
        { Name: "json" } => JsonFrame(method, arguments.Span),
        _ => protocol.GetMessageBytes(new InvocationMessage(method, Parse(arguments.Span))),
    };

    /// <summary>SignalR's JSON protocol: <c>{"type":1,"target":…,"arguments":[…]}</c> and a record separator (HubProtocol.md, "JSON encoding").</summary>
    public static byte[] JsonFrame(string method, ReadOnlySpan<byte> arguments)
    {
        var name = JsonEncodedText.Encode(method).EncodedUtf8Bytes;
        return [.. "{\"type\":1,\"target\":\""u8, .. name, .. "\",\"arguments\":["u8, .. arguments, .. "]}\u001e"u8];
    }

    private static byte[] Serialize(object? argument)
        => JsonSerializer.SerializeToUtf8Bytes(argument, argument?.GetType() ?? typeof(object), Wire.Options);

    private static object?[] Parse(ReadOnlySpan<byte> arguments)
    {
        var reader = new Utf8JsonReader([(byte)'[', .. arguments, (byte)']']);
        return [.. JsonElement.ParseValue(ref reader).EnumerateArray().Select(e => (object?)e)];
    }

    private sealed record Framed(string Protocol, SerializedHubMessage Message, int Bytes, Framed? Next);
}
