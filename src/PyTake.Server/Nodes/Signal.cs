namespace PyTake.Nodes;

/// <summary>
/// Wakes one waiting loop; any number of calls before it looks are one. There is nothing to dispose of, so that a loop that outlives its
/// node by a moment, and what others still say to it, do no harm.
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
            // Another thread was faster: it is set.
        }
    }

    /// <returns>Whether it was set; false when the time is up.</returns>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => _set.WaitAsync(timeout, cancellationToken);
}
