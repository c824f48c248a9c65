using System.Runtime.InteropServices;

namespace PyTake.Operations;

/// <summary>On a signal to terminate, drains the node before the host stops. A second signal cuts the drain short.</summary>
internal sealed partial class DrainOnSignal(IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<DrainOnSignal> logger)
    : IHostLifetime, IDisposable
{
    private static readonly PosixSignal[] Ends = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT];

    private readonly CancellationTokenSource _hurry = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _signalCount;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.AddRange(Ends.Select(signal => PosixSignalRegistration.Create(signal, OnSignal)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _hurry.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        // Otherwise the runtime would end the process.
        signal.Cancel = true;
        if (Interlocked.Increment(ref _signalCount) == 1)
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
            // Resolved only now, because it depends on all hosted services.
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

    [LoggerMessage(8004, LogLevel.Error, "The drain failed; the node stops without it")]
    private partial void LogFailed(Exception exception);
}
