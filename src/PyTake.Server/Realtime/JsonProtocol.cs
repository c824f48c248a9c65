using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Backplane;
using PyTake.Http;

namespace PyTake.Realtime;

/// <summary>
/// SignalR's JSON protocol, except that a call reaches its method whatever it passes: arguments that are missing, or more than there
/// are parameters, would otherwise be "an error on the server", which neither the client nor we could tell from one.
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

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HubMessage? message)
    {
        var whole = input;
        if (!_inner.TryParseMessage(ref input, binder, out message)) return false;
        if (message is InvocationBindingFailureMessage failed && whole.PositionOf(Separator) is { } end && Bind(failed, whole.Slice(0, end), binder) is { } bound)
            message = bound;
        return true;
    }

    // Every parameter of ours takes any JSON, so that only their number can have been wrong; what is missing is passed as undefined.
    private static InvocationMessage? Bind(InvocationBindingFailureMessage failed, ReadOnlySequence<byte> json, IInvocationBinder binder)
    {
        try
        {
            var parameters = binder.GetParameterTypes(failed.Target);
            if (parameters.Any(p => p != typeof(JsonElement))) return null;
            using var document = JsonDocument.Parse(json);
            JsonElement[] given = document.RootElement.TryGetProperty("arguments", out var arguments) && arguments.ValueKind == JsonValueKind.Array
                ? [.. arguments.EnumerateArray().Select(a => a.Clone())]
                : [];
            return new InvocationMessage(failed.InvocationId, failed.Target, [.. parameters.Select((_, i) => (object?)given.ElementAtOrDefault(i))]);
        }
        catch (Exception exception) when (exception is HubException or JsonException)
        {
            // An unknown method.
            return null;
        }
    }
}
