using System.Diagnostics;

namespace PyTake;

/// <summary>Redis as a process of this machine.</summary>
internal sealed class RedisProcess : PrivateRedis
{
    private Process? _process;

    public override async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public override Task FreezeAsync() => SignalAsync(Signal.Stop);

    public override Task ThawAsync() => SignalAsync(Signal.Continue);

    public override async ValueTask DisposeAsync() => await KillAsync();

    protected override Task LaunchAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            "redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--logfile", "/dev/null"]));
        return Task.CompletedTask;
    }

    private Task SignalAsync(Signal signal)
    {
        Processes.TrySignal(_process!.Id, signal);
        return Task.CompletedTask;
    }
}
