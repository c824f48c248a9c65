namespace PyTake.Nodes;

/// <summary>
/// Wakes one waiting loop; several calls before it wakes count as one. It is not disposable on purpose: setting it is harmless even while
/// the node shuts down.
/// </summary>
internal sealed class Signal
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
            // Another thread has set it already.
        }
    }

    /// <returns>Whether it was set; false when the time is up.</returns>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => _set.WaitAsync(timeout, cancellationToken);
}
