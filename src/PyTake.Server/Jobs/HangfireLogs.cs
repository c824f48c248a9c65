using Hangfire.Logging;
using HangfireLevel = Hangfire.Logging.LogLevel;

namespace PyTake.Jobs;

/// <summary>Hangfire's words in the node's log. Hangfire keeps this in a static, so that it may outlive the node that set it.</summary>
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
        // Without words it is a question whether the level is on.
        bool ILog.Log(HangfireLevel level, Func<string>? words, Exception? exception)
        {
            var target = LevelOf(level);
            if (logger?.IsEnabled(target) is not true) return false;
            if (words is not null) logger.Log(target, 0, words(), exception, (text, _) => text);
            return true;
        }

        private static Microsoft.Extensions.Logging.LogLevel LevelOf(HangfireLevel level) => level switch
        {
            HangfireLevel.Trace => Microsoft.Extensions.Logging.LogLevel.Trace,
            HangfireLevel.Debug => Microsoft.Extensions.Logging.LogLevel.Debug,
            // A dozen lines at each start and stop, which say what the dashboard shows.
            HangfireLevel.Info => Microsoft.Extensions.Logging.LogLevel.Debug,
            HangfireLevel.Warn => Microsoft.Extensions.Logging.LogLevel.Warning,
            HangfireLevel.Error => Microsoft.Extensions.Logging.LogLevel.Error,
            _ => Microsoft.Extensions.Logging.LogLevel.Critical,
        };
    }
}
