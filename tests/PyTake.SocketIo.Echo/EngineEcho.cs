using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo.Echo;

/// <summary>The listener that engine.io-protocol's test suite expects: it echoes every message.</summary>
internal sealed class EngineEcho(EngineSession session) : IEngineListener
{
    public ValueTask OnTextAsync(ReadOnlyMemory<byte> text) => session.WriteAsync((byte[])[EnginePacket.Message, .. text.Span, EnginePacket.Separator]);

    public ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data) => session.WriteAsync(EnginePacket.OfBinary(data.Span));

    public void OnClosed()
    {
    }

    public bool IsOverdue(long now) => false;
}
