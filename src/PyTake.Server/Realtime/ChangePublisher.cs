using System.Diagnostics;
using PyTake.Conversations;
using PyTake.Operations;

namespace PyTake.Realtime;

/// <summary>Tells everybody what was committed. It never waits and never fails: what it loses, positions bring back.</summary>
public sealed partial class ChangePublisher(ChatEvents events, InboxFeed inboxes, RealtimeMetrics metrics, ILogger<ChangePublisher> logger)
{
    /// <param name="changes">Steps of conversations, in order.</param>
    /// <param name="movedInboxes">Organizations whose list moved, and where to.</param>
    public void Publish(IReadOnlyList<StreamChange> changes, IReadOnlyDictionary<Guid, long> movedInboxes)
    {
        var committed = Stopwatch.GetTimestamp();
        foreach (var change in changes) _ = SendAsync(change);
        if (changes.Count > 0) metrics.FannedOut(committed);
        foreach (var (organization, position) in movedInboxes) inboxes.Moved(organization, position);
    }

    private async Task SendAsync(StreamChange change)
    {
        using var span = Tracing.Continue("fan out", ActivityKind.Producer, change.Trace);
        span?.SetTag("pytake.event", change.EventName).SetTag("pytake.conversation", change.Message.ConversationId);
        try
        {
            await events.ChangedAsync(change);
        }
        catch (Exception exception)
        {
            LogNotSent(exception, change.Message.ConversationId, change.Message.Seq);
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Change {Seq} of conversation {ConversationId} could not be published; nodes will find it in the database")]
    private partial void LogNotSent(Exception exception, Guid conversationId, long seq);
}
