namespace PyTake.Media;

/// <summary>Whether files can be stored, for /health. Asked at most every few seconds, because a bucket costs money for each request.</summary>
public sealed class StorageHealth(IFileStorage storage, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _asking = new(1);
    private long? _askedAt;
    private bool _works;

    /// <summary>Whether it could be written a moment ago.</summary>
    public async Task<bool> WorksAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_askedAt is { } at && time.GetElapsedTime(at) < Lasts) return _works;
            _works = await CheckAsync(cancellationToken);
            _askedAt = time.GetTimestamp();
            return _works;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _asking.Dispose();

    private async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await storage.CheckAsync(cancellationToken).WaitAsync(Timeout, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is StorageException or TimeoutException)
        {
            return false;
        }
    }
}
