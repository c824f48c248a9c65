using Hangfire.Logging;
using HangfireLevel = Hangfire.Logging.LogLevel;

namespace PyTake.Jobs;

/// <summary>Writes Hangfire's messages to the node's log. Hangfire keeps this in a static, so it may outlive the node that set it.</summary>
internal sealed class HangfireLogs(ILoggerFactory loggers) : ILogProvider
{
    public ILog GetLogger(string name)
    {
        try
        {
            return new NodeLog(loggers.CreateLogger(name));
        }
        catch (ObjectDisposedException)
        {
            return new NodeLog(null);
        }
    }

    private sealed class NodeLog(ILogger? logger) : ILog
    {
        // Hangfire passes no message when it only asks whether the level is enabled.
        bool ILog.Log(HangfireLevel level, Func<string>? message, Exception? exception)
        {
            var target = LevelOf(level);
            if (logger?.IsEnabled(target) is not true) return false;
            if (message is not null) logger.Log(target, 0, message(), exception, (text, _) => text);
            return true;
        }

        private static Microsoft.Extensions.Logging.LogLevel LevelOf(HangfireLevel level) => level switch
        {
            HangfireLevel.Trace => Microsoft.Extensions.Logging.LogLevel.Trace,
            HangfireLevel.Debug => Microsoft.Extensions.Logging.LogLevel.Debug,
            // A dozen lines at each start and stop, with nothing that the dashboard does not show.
            HangfireLevel.Info => Microsoft.Extensions.Logging.LogLevel.Debug,
            HangfireLevel.Warn => Microsoft.Extensions.Logging.LogLevel.Warning,
            HangfireLevel.Error => Microsoft.Extensions.Logging.LogLevel.Error,
            _ => Microsoft.Extensions.Logging.LogLevel.Critical,
        };
    }
}
