using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.Realtime;

/// <summary>
/// Every event that clients receive, with its name and payload (CONTRACT, section 6). Events are sent only through this class, and
/// only after the commit. Nothing here waits for a browser.
/// </summary>
public sealed class ChatEvents(IHubContext<ChatHub> hub, UnreadFeed unreadCounts)
{
    public const string Connected = "connected";
    public const string JoinedConversation = "joined_conversation";
    public const string LeftConversation = "left_conversation";
    public const string MessageNew = "message:new";
    public const string MessageStatus = "message:status";
    public const string MessageUpdated = "message:updated";
    public const string ConversationUpdated = "conversation:updated";
    public const string ConversationRemoved = "conversation:removed";
    public const string ConversationCounts = "conversation:counts";
    public const string UnreadUpdate = "conversation:unread_update";
    public const string ConversationViewers = "conversation:viewers";
    public const string UserTyping = "user_typing";
    public const string UserStatus = "user:status";
    public const string PresenceSnapshot = "presence:snapshot";
    public const string NumberUpdated = "number:updated";
    public const string AccountEvent = "account:event";
    public const string Resync = "resync";
    public const string ServerDraining = "server:draining";
    public const string Pong = "pong";
    public const string Error = "error";

    /// <summary>Sends a change of a conversation's messages to every connection that has it open.</summary>
    public Task ChangedAsync(StreamChange change) => hub.Clients
        .Group(Rooms.Conversation(change.Message.ConversationId))
        .SendAsync(NameOf(change), PayloadOf(change));

    /// <summary>Sends a conversation's unread count to those of the user's connections that show it. Call it after the commit.</summary>
    /// <param name="unread">The whole count, not a difference.</param>
    public void UnreadChanged(Guid userId, Guid conversationId, int unread)
        => unreadCounts.Changed(userId, conversationId, unread);

    /// <summary>The name of a change's event.</summary>
    internal static string NameOf(StreamChange change) => change.Kind switch
    {
        ChangeKind.New => MessageNew,
        ChangeKind.Status => MessageStatus,
        _ => MessageUpdated,
    };

    /// <summary>The payload of a change's event: the whole message, or only its tick.</summary>
    internal static object PayloadOf(StreamChange change) => change.Kind == ChangeKind.Status ? MessageStatusEvent.Of(change.Message) : change.Message;

    /// <summary>A change in a stream as a frame, ready to be written.</summary>
    internal static HubFrame FrameOf(StreamChange change)
        => new(NameOf(change), Arguments(PayloadOf(change)), change.Message.ConversationId, change.Message.Seq);

    /// <summary>One argument as JSON.</summary>
    internal static byte[] Arguments<T>(T argument) where T : notnull
        => JsonSerializer.SerializeToUtf8Bytes(argument, argument.GetType(), Wire.Options);

    /// <summary>A conversation, already as JSON, with <c>prev_inbox_seq</c>: the event covers everything in (prev_inbox_seq, inbox_seq].</summary>
    internal static byte[] ConversationUpdatedArguments(ReadOnlySpan<byte> conversation, long previousInboxSeq)
        => [.. conversation[..^1], .. Encoding.ASCII.GetBytes($",\"prev_inbox_seq\":{previousInboxSeq}}}")];
}

/// <summary>connected</summary>
public sealed record ConnectedEvent(string Message, Guid UserId, string Node);

/// <summary>joined_conversation</summary>
public sealed record JoinedEvent(Guid ConversationId, string Message, long LastSeq);

/// <summary>left_conversation, and the result of leave_conversation.</summary>
public sealed record LeftEvent(Guid ConversationId);

/// <summary>conversation:removed: it left the view; covers the same as conversation:updated.</summary>
public sealed record ConversationRemoved(Guid ConversationId, long InboxSeq, long PrevInboxSeq);

/// <summary>conversation:counts: how many conversations the views have for this user, and in how many active ones something is unread.</summary>
public sealed record ListCounts(int Open, int Mine, int Unassigned, int Pending, int Waiting, int Unread);

/// <summary>conversation:unread_update; the count is absolute.</summary>
public sealed record UnreadUpdate(Guid ConversationId, int UnreadCount);

/// <summary>conversation:viewers: all users who have the conversation open, up to <see cref="Viewers.Most"/>; not a difference.</summary>
public sealed record ViewersEvent(Guid ConversationId, IReadOnlyList<Viewer> Users);

/// <summary>user_typing</summary>
public sealed record TypingEvent(Guid ConversationId, Guid UserId, string UserName, bool Typing);

/// <summary>user:status: online or offline.</summary>
public sealed record UserStatusEvent(Guid UserId, string Status)
{
    /// <summary>The event with the status the contract has for it.</summary>
    public static UserStatusEvent Of(Guid userId, bool online) => new(userId, online ? "online" : "offline");
}

/// <summary>presence:snapshot: who is online.</summary>
public sealed record PresenceSnapshot(IReadOnlyList<UserStatusEvent> Users);

/// <summary>resync of a conversation.</summary>
public sealed record ConversationResync(Guid ConversationId, long LastSeq);

/// <summary>resync of the list.</summary>
public sealed record InboxResync(long InboxSeq);

/// <summary>server:draining: the client is to reconnect to another node at exactly that moment, neither sooner nor later.</summary>
public sealed record DrainingEvent(int ReconnectInMs);

/// <summary>pong, and the result of ping: the server's time.</summary>
public sealed record PongEvent(DateTime Timestamp);

/// <summary>error</summary>
/// <param name="Code">One of the codes in <see cref="HubErrors"/>.</param>
public sealed record ErrorEvent(string Message, string Code);
