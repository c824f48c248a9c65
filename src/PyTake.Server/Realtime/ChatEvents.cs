using Microsoft.AspNetCore.SignalR;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>
/// Every event that clients hear, its name and its payload (CONTRACT, section 6). Everything that emits goes through here, and
/// only after its commit. Nothing here waits for a browser.
/// </summary>
public sealed partial class ChatEvents(IHubContext<ChatHub> hub)
{
    public const string Connected = "connected";
    public const string JoinedConversation = "joined_conversation";
    public const string LeftConversation = "left_conversation";
    public const string MessageNew = "message:new";
    public const string MessageStatus = "message:status";
    public const string MessageUpdated = "message:updated";
    public const string ConversationUpdated = "conversation:updated";
    public const string UnreadUpdate = "conversation:unread_update";
    public const string UserTyping = "user_typing";
    public const string UserStatus = "user:status";
    public const string PresenceSnapshot = "presence:snapshot";
    public const string Resync = "resync";
    public const string ServerDraining = "server:draining";
    public const string Pong = "pong";
    public const string Error = "error";

    /// <summary>A change of a conversation's messages, to whoever has it open.</summary>
    public Task ChangedAsync(StreamChange change) => hub.Clients
        .Group(Rooms.Conversation(change.Message.ConversationId))
        .SendAsync(change.EventName, change.Payload);

    /// <summary>How many of a conversation's messages a user has not read, to all of that user's connections. Call it after the commit.</summary>
    /// <param name="unread">The whole count, not a difference.</param>
    public void UnreadChanged(Guid userId, Guid conversationId, int unread) => _ = hub.Clients
        .Group(Rooms.User(userId))
        .SendAsync(UnreadUpdate, new { ConversationId = conversationId, UnreadCount = unread });
}
