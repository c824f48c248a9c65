using Microsoft.AspNetCore.SignalR;
using PyTake.Database;
using StackExchange.Redis;

namespace PyTake.Realtime;

/// <summary>Wraps every hub call: limits the rate, and reports a failure both as the call's error and as an <c>error</c> event.</summary>
internal sealed partial class HubGuard(ChatSockets sockets, SocketCloser closer, RealtimeMetrics metrics, TimeProvider time, ILogger<HubGuard> logger)
    : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocation, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var socket = sockets.Find(invocation.Context.ConnectionId);
        try
        {
            if (socket is not null) await CountAsync(socket, invocation.Context.ConnectionAborted);
            return await next(invocation);
        }
        catch (HubException exception)
        {
            await ReportAsync(invocation, exception);
            throw;
        }
        catch (OperationCanceledException) when (invocation.Context.ConnectionAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            var reported = IsOutage(exception) ? HubErrors.Unavailable() : Unexpected(exception, invocation.HubMethodName);
            await ReportAsync(invocation, reported);
            throw reported;
        }
        finally
        {
            socket?.Calls.End();
        }
    }

    private async ValueTask CountAsync(ChatSocket socket, CancellationToken cancellationToken)
    {
        var verdict = socket.Calls.Begin();
        // A call may send events to everyone in a room, so a burst of calls would be a burst for all of them. A connection makes one call at a
        // time and is not read meanwhile, so its next calls wait in its own buffers.
        if (socket.Calls.Pause is var pause && pause > TimeSpan.Zero) await Task.Delay(pause, time, cancellationToken);
        if (verdict == CallVerdict.Allowed) return;
        metrics.Refused();
        if (verdict == CallVerdict.TooMany) closer.Close(socket, CloseReason.TooManyCalls);
        throw HubErrors.TooMany(sendsEvent: socket.Calls.IsWorthReporting);
    }

    /// <summary>Whether Redis or PostgreSQL is unavailable, as opposed to a bug.</summary>
    internal static bool IsOutage(Exception exception) => exception is RedisException || Outage.Is(exception);

    private HubException Unexpected(Exception exception, string method)
    {
        LogFailed(exception, method);
        return HubErrors.Unexpected();
    }

    private static Task ReportAsync(HubInvocationContext invocation, HubException exception) => !HubErrors.SendsEvent(exception)
        ? Task.CompletedTask
        : invocation.Hub.Clients.Caller.SendAsync(ChatEvents.Error, new ErrorEvent(exception.Message, HubErrors.CodeOf(exception)));

    [LoggerMessage(2030, LogLevel.Error, "Hub method {Method} failed")]
    private partial void LogFailed(Exception exception, string method);
}
