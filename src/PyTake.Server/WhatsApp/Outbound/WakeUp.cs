namespace PyTake.WhatsApp.Outbound;

/// <summary>Lets one loop sleep until it is called or its time is over. A call while it is awake ends its next sleep at once.</summary>
internal sealed class WakeUp(TimeProvider time)
{
    private TaskCompletionSource _called = New();

    public void Call() => Volatile.Read(ref _called).TrySetResult();

    /// <summary>Returns after a call, after the limit, or when cancelled; it does not throw.</summary>
    public async Task SleepAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var called = Volatile.Read(ref _called);
        await Task.WhenAny(called.Task, Task.Delay(limit, time, over.Token));
        await over.CancelAsync();
        if (called.Task.IsCompleted) Volatile.Write(ref _called, New());
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
