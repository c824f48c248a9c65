using System.Runtime.InteropServices;

namespace PyTake.Operations;

/// <summary>Whoever asks the process to end gets a drain first, and then the host's own stop; who asks twice gets that at once.</summary>
internal sealed partial class DrainOnSignal(IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<DrainOnSignal> logger)
    : IHostLifetime, IDisposable
{
    private static readonly PosixSignal[] Ends = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT];

    private readonly CancellationTokenSource _hurry = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _asked;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.AddRange(Ends.Select(signal => PosixSignalRegistration.Create(signal, Hear)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _hurry.Dispose();
    }

    private void Hear(PosixSignalContext signal)
    {
        // The runtime's own answer is to end the process.
        signal.Cancel = true;
        if (Interlocked.Increment(ref _asked) == 1)
        {
            LogAsked(signal.Signal);
            _ = Task.Run(LeaveAsync);
        }
        else _hurry.Cancel();
    }

    private async Task LeaveAsync()
    {
        try
        {
            // Made only now: it needs every service there is.
            if (lifetime.ApplicationStarted.IsCancellationRequested) await services.GetRequiredService<Drain>().RunAsync(_hurry.Token);
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
        lifetime.StopApplication();
    }

    [LoggerMessage(8005, LogLevel.Information, "The node stops: the process was sent {Signal}")]
    private partial void LogAsked(PosixSignal signal);

    [LoggerMessage(8004, LogLevel.Error, "The drain failed, the node stops without it")]
    private partial void LogFailed(Exception exception);
}
