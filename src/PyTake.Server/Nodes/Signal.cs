namespace PyTake.Nodes;

/// <summary>Wakes one waiting loop; any number of calls before it looks are one.</summary>
internal sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0, 1);

    public void Set()
    {
        if (_set.CurrentCount > 0) return;
        try
        {
            _set.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another thread was faster: it is set.
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended with its node, and what others still say is for nobody.
        }
    }

    /// <returns>Whether it was set; false when the time is up.</returns>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => _set.WaitAsync(timeout, cancellationToken);

    public void Dispose() => _set.Dispose();
}
