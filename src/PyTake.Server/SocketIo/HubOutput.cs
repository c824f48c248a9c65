using System.IO.Pipelines;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>
/// Passes what a hub writes to a connection straight to the client's session. There is no pipe in between, so that a frame made once for
/// all connections is shared by their sessions and never copied.
/// </summary>
internal sealed class HubOutput(EngineSession session) : PipeWriter
{
    private const int FirstBuffer = 256;

    private byte[]? _buffer;
    private int _length;
    private bool _isPastHandshake;
    private volatile bool _isCompleted;

    public override void Advance(int bytes) => _length += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_buffer is null) _buffer = new byte[Math.Max(sizeHint, FirstBuffer)];
        else if (_buffer.Length - _length < Math.Max(sizeHint, 1)) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + sizeHint));
        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var packets = _buffer.AsMemory(0, _length);
        (_buffer, _length) = (null, 0);
        if (!_isPastHandshake)
        {
            // SignalR's response to its handshake, which we sent and the client knows nothing of.
            _isPastHandshake = true;
            return default;
        }
        return WriteAsync(packets, cancellationToken);
    }

    /// <remarks>SignalR passes frames here that are shared by several connections, so it never changes them afterwards.</remarks>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.IsEmpty || _isCompleted) return default;
        var write = session.WriteAsync(source);
        return write.IsCompletedSuccessfully ? default : WaitAsync(write);
    }

    public override void CancelPendingFlush() => session.ReleaseWriters();

    /// <summary>Anything written after this is dropped.</summary>
    public override void Complete(Exception? exception = null) => _isCompleted = true;

    private static async ValueTask<FlushResult> WaitAsync(ValueTask write)
    {
        await write;
        return default;
    }
}
