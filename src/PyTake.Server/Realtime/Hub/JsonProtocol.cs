using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Json;

namespace PyTake.Realtime;

/// <summary>
/// SignalR's JSON protocol, except that every call reaches the hub, even with missing or surplus arguments or an unknown method. SignalR
/// would report those as "an error on the server", indistinguishable from a real one, and the rate limit would not count them.
/// </summary>
internal sealed class JsonProtocol : IJsonArgumentsProtocol
{
    private const byte Separator = 0x1e;

    private readonly JsonHubProtocol _inner = new(Microsoft.Extensions.Options.Options.Create(
        new JsonHubProtocolOptions { PayloadSerializerOptions = new JsonSerializerOptions(Wire.Options) }));

    public string Name => _inner.Name;
    public int Version => _inner.Version;
    public TransferFormat TransferFormat => _inner.TransferFormat;

    public byte[] Frame(string method, ReadOnlySpan<byte> arguments) => HubFrame.JsonFrame(method, arguments);

    public bool IsVersionSupported(int version) => _inner.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _inner.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _inner.WriteMessage(message, output);

    public bool TryParseMessage(
        ref ReadOnlySequence<byte> input, IInvocationBinder binder, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HubMessage? message)
    {
        var whole = input;
        if (!_inner.TryParseMessage(ref input, binder, out message)) return false;
        // We have no streaming methods, and SignalR would refuse such a call before the rate limit counts it.
        if (message is StreamInvocationMessage stream) message = new InvocationMessage(stream.InvocationId, ChatHub.Unknown, []);
        else if (message is InvocationBindingFailureMessage failed && whole.PositionOf(Separator) is { } end)
            message = Bind(failed, whole.Slice(0, end), binder);
        return true;
    }

    // Our parameters accept any JSON, so only their number can be wrong; missing ones are passed as undefined.
    private static InvocationMessage Bind(InvocationBindingFailureMessage failed, ReadOnlySequence<byte> json, IInvocationBinder binder)
    {
        if (ParametersOf(failed.Target, binder) is not { } parameters) return new(failed.InvocationId, ChatHub.Unknown, []);
        using var document = JsonDocument.Parse(json);
        JsonElement[] given = document.RootElement.TryGetProperty("arguments", out var arguments) && arguments.ValueKind == JsonValueKind.Array
            ? [.. arguments.EnumerateArray().Select(a => a.Clone())]
            : [];
        return new(failed.InvocationId, failed.Target, [.. parameters.Select((_, i) => (object?)given.ElementAtOrDefault(i))]);
    }

    private static IReadOnlyList<Type>? ParametersOf(string method, IInvocationBinder binder)
    {
        try
        {
            return binder.GetParameterTypes(method);
        }
        catch (HubException)
        {
            return null;
        }
    }
}
