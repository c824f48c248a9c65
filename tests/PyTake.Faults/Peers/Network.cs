namespace PyTake.Faults.Peers;

/// <summary>One consumer's connection to the server, which can be cut.</summary>
internal sealed class Network : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _up = new();
    private TaskCompletionSource _back = new();

    public Network() => _back.SetResult();

    /// <summary>Cancelled when the network is cut.</summary>
    public CancellationToken Up
    {
        get { lock (_lock) return _up.Token; }
    }

    /// <summary>Waits until the network is up.</summary>
    public Task BackAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return _back.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Drops all connections without a close handshake; nothing gets through for this long.</summary>
    public async Task CutAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        CancellationTokenSource cut;
        lock (_lock)
        {
            _back = new(TaskCreationOptions.RunContinuationsAsynchronously);
            cut = _up;
        }
        await cut.CancelAsync();
        try
        {
            await Task.Delay(duration, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _up = new();
                _back.SetResult();
            }
        }
    }

    public void Dispose() => _up.Dispose();
}
