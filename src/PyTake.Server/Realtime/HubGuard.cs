using Microsoft.AspNetCore.SignalR;
using Npgsql;
using StackExchange.Redis;

namespace PyTake.Realtime;

/// <summary>Stands around every hub call: counts it, and gives its failure words, as the call's error and as an <c>error</c> event.</summary>
internal sealed partial class HubGuard(ChatSockets sockets, SocketCloser closer, RealtimeMetrics metrics, ILogger<HubGuard> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocation, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            Count(invocation.Context.ConnectionId);
            return await next(invocation);
        }
        catch (HubException exception)
        {
            await TellAsync(invocation, exception);
            throw;
        }
        catch (OperationCanceledException) when (invocation.Context.ConnectionAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            var told = IsOutage(exception) ? HubErrors.Unavailable() : Unexpected(exception, invocation.HubMethodName);
            await TellAsync(invocation, told);
            throw told;
        }
    }

    private void Count(string connectionId)
    {
        if (sockets.Find(connectionId) is not { } socket) return;
        var verdict = socket.Calls.Take();
        if (verdict == CallVerdict.Allowed) return;
        metrics.Refused();
        if (verdict == CallVerdict.TooMany) closer.Close(socket, CloseReason.TooManyCalls);
        throw HubErrors.TooMany(isSaid: socket.Calls.IsWorthSaying);
    }

    /// <summary>Whether something that we need is away, and it is nobody's mistake.</summary>
    internal static bool IsOutage(Exception exception) => exception is NpgsqlException { IsTransient: true } or RedisException or TimeoutException;

    private HubException Unexpected(Exception exception, string method)
    {
        LogFailed(exception, method);
        return HubErrors.Unexpected();
    }

    private static Task TellAsync(HubInvocationContext invocation, HubException exception) => !HubErrors.IsSaid(exception)
        ? Task.CompletedTask
        : invocation.Hub.Clients.Caller.SendAsync(ChatEvents.Error, new ErrorEvent(exception.Message, HubErrors.CodeOf(exception)));

    [LoggerMessage(2030, LogLevel.Error, "Hub method {Method} failed")]
    private partial void LogFailed(Exception exception, string method);
}
