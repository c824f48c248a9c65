using System.IO.Pipelines;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>
/// What a hub writes to a connection, straight into the client's session. There is no pipe between them: what was framed once for
/// everybody is kept by everybody as it is, and not copied.
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
            // SignalR's answer to SignalR's handshake, which was ours.
            _isPastHandshake = true;
            return default;
        }
        return WriteAsync(packets, cancellationToken);
    }

    /// <remarks>SignalR writes what it framed for several connections, and so does not change it any more.</remarks>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.IsEmpty || _isCompleted) return default;
        var write = session.WriteAsync(source);
        return write.IsCompletedSuccessfully ? default : WaitAsync(write);
    }

    public override void CancelPendingFlush() => session.ReleaseWriters();

    /// <summary>Nothing of what comes after this goes out.</summary>
    public override void Complete(Exception? exception = null) => _isCompleted = true;

    private static async ValueTask<FlushResult> WaitAsync(ValueTask write)
    {
        await write;
        return default;
    }
}
