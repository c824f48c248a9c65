using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Realtime;

namespace PyTake.Operations;

/// <summary>GET /api/v1/ops/live: a stream of snapshots. Like a socket, it ends when the token expires, or the session or the right is lost.</summary>
internal sealed partial class LiveOperations(
    OperationsFeed feed, Sessions sessions, IOptions<RealtimeOptions> options, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<LiveOperations> logger)
{
    /// <summary>The name of its events.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>The route's handler.</summary>
    public static ServerSentEventsResult<OperationsSnapshot> Open(HttpContext context, Caller caller, LiveOperations live)
    {
        // Otherwise nginx would buffer the stream.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(live.StreamAsync(caller, TokenReader.ExpiresAt(context.User), context.RequestAborted));
    }

    private async IAsyncEnumerable<SseItem<OperationsSnapshot>> StreamAsync(
        Caller caller, DateTime expiresAt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using var snapshots = feed.WatchAsync(ends.Token).GetAsyncEnumerator(CancellationToken.None);
        var checkedAt = time.GetTimestamp();
        while (await NextAsync(snapshots))
        {
            if (time.GetUtcNow().UtcDateTime >= expiresAt) yield break;
            if (time.GetElapsedTime(checkedAt) >= options.Value.RightsCheck)
            {
                checkedAt = time.GetTimestamp();
                if (!await MayStayAsync(caller, ends.Token)) yield break;
            }
            yield return new SseItem<OperationsSnapshot>(snapshots.Current, Snapshot);
        }
    }

    // A browser that disconnects and a node that stops end the stream normally.
    private static async Task<bool> NextAsync(IAsyncEnumerator<OperationsSnapshot> snapshots)
    {
        try
        {
            return await snapshots.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> MayStayAsync(Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await sessions.FindAsync(caller, cancellationToken) is { Role: Role.OrgAdmin, Operates: true, MustEnrol: false };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // As with sockets, a failed check does not end the stream.
            LogNotLooked(exception);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(4011, LogLevel.Warning, "The check whether an operator may keep watching failed")]
    private partial void LogNotLooked(Exception exception);
}
