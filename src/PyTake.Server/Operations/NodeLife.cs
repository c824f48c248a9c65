using System.Reflection;

namespace PyTake.Operations;

internal static partial class NodeLife
{
    /// <summary>Runs a node to its end.</summary>
    /// <param name="prepare">Checks settings and sets up what answers requests.</param>
    /// <returns>
    /// The process' exit code: 0 for a node that was asked to stop, however its last steps went; 1 for one that cannot go on, because of a
    /// setting or a port that is taken, say. The last line of its log says why.
    /// </returns>
    public static async Task<int> LiveAsync(this WebApplication app, Action<WebApplication> prepare)
    {
        var (stopping, logger) = (app.Lifetime.ApplicationStopping, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(NodeLife)));
        try
        {
            prepare(app);
            await app.StartAsync(CancellationToken.None);
            await app.WaitForShutdownAsync(CancellationToken.None);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop while it still waited for its database, say.
            return 0;
        }
        catch (Exception exception) when (stopping.IsCancellationRequested)
        {
            LogStoppedBadly(logger, exception);
            return 0;
        }
        catch (Exception exception) when (IsProcess)
        {
            LogCannotGoOn(logger, Reason(exception));
            return 1;
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    // Otherwise it is hosted by tests, which want the exception.
    private static bool IsProcess => Assembly.GetEntryAssembly() == typeof(Program).Assembly;

    private static string Reason(Exception exception)
        => exception.InnerException is { } inner && !exception.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{exception.Message} {Reason(inner)}"
            : exception.Message;

    [LoggerMessage(8006, LogLevel.Critical, "The node stops, because it cannot go on: {Reason}")]
    private static partial void LogCannotGoOn(ILogger logger, string reason);

    [LoggerMessage(8007, LogLevel.Error, "The node did not stop in order")]
    private static partial void LogStoppedBadly(ILogger logger, Exception exception);
}
