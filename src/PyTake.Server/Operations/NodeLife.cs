using System.Reflection;

namespace PyTake.Operations;

internal static partial class NodeLife
{
    /// <summary>Runs a node until it stops.</summary>
    /// <param name="prepare">Validates settings and sets up the request pipeline.</param>
    /// <returns>
    /// The process's exit code: 0 for a node that was asked to stop, even if an error occurred while stopping; 1 for one that cannot go on,
    /// for example because of a setting or a port that is in use. The last line of its log says why.
    /// </returns>
    public static async Task<int> RunNodeAsync(this WebApplication app, Action<WebApplication> prepare)
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
            // Asked to stop while it was starting, for example while it waited for its database.
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

    // Otherwise it is hosted by tests, which expect the exception.
    private static bool IsProcess => Assembly.GetEntryAssembly() == typeof(Program).Assembly;

    private static string Reason(Exception exception)
        => exception.InnerException is { } inner && !exception.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{exception.Message} {Reason(inner)}"
            : exception.Message;

    [LoggerMessage(8006, LogLevel.Critical, "The node stops, because it cannot go on: {Reason}")]
    private static partial void LogCannotGoOn(ILogger logger, string reason);

    [LoggerMessage(8007, LogLevel.Error, "The node did not stop cleanly")]
    private static partial void LogStoppedBadly(ILogger logger, Exception exception);
}
