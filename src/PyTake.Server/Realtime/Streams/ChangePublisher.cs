using System.Diagnostics;
using PyTake.Conversations;
using PyTake.Telemetry;

namespace PyTake.Realtime;

/// <summary>Publishes committed changes to all nodes. Never waits or throws: nodes recover lost changes by comparing positions.</summary>
internal sealed partial class ChangePublisher(ChatEvents events, InboxFeed inboxes, RealtimeMetrics metrics, ILogger<ChangePublisher> logger) : ICommitListener
{
    public void Committed(Commit commit)
    {
        var committed = Stopwatch.GetTimestamp();
        foreach (var change in commit.Changes) _ = SendAsync(change);
        if (commit.Changes.Count > 0) metrics.FannedOut(committed);
        foreach (var (organization, position) in commit.Inboxes) inboxes.Moved(organization, position);
        foreach (var read in commit.Unread) events.UnreadChanged(read.UserId, read.ConversationId, read.Unread);
    }

    private async Task SendAsync(StreamChange change)
    {
        using var span = Tracing.Continue("fan out", ActivityKind.Producer, change.Trace);
        span?.SetTag("pytake.event", ChatEvents.NameOf(change)).SetTag("pytake.conversation", change.Message.ConversationId);
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
