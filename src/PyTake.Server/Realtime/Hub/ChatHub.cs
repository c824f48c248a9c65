using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// The methods clients may call (CONTRACT, section 6). It only delegates: <see cref="Connections"/> admits and identifies users, rooms
/// and feeds decide what they receive.
/// </summary>
[Authorize]
public sealed class ChatHub(
    Connections connections, RoomMembership rooms, ListWatching list, Typing typing, Presence presence, NodeIdentity node, TimeProvider time) : Hub
{
    /// <summary>Calls of methods that do not exist are redirected to this one.</summary>
    internal const string Unknown = "unknown_method";

    /// <inheritdoc/>
    public override async Task OnConnectedAsync()
    {
        try
        {
            await ConnectAsync();
        }
        catch (OperationCanceledException) when (Context.ConnectionAborted.IsCancellationRequested)
        {
            // The connection ended before it was admitted; OnDisconnectedAsync runs as usual.
        }
        catch
        {
            // SignalR does not call OnDisconnectedAsync when OnConnectedAsync threw.
            connections.Remove(Context.ConnectionId);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        connections.Remove(Context.ConnectionId);
        return Task.CompletedTask;
    }

    /// <summary>Opens a conversation: the caller receives its events from now on and, with <c>after_seq</c>, first those it missed.</summary>
    [HubMethodName("join_conversation")]
    public async Task<JoinedConversation> JoinConversation(JsonElement payload)
        => await rooms.JoinAsync(Socket, payload.Id("conversation_id"), payload.OptionalNumber("after_seq"), Groups, Context.ConnectionAborted);

    /// <summary>Closes a conversation.</summary>
    [HubMethodName("leave_conversation")]
    public async Task<LeftEvent> LeaveConversation(JsonElement payload)
    {
        var left = new LeftEvent(payload.Id("conversation_id"));
        typing.StopIfTyping(Socket, left.ConversationId);
        await rooms.LeaveAsync(Socket, left.ConversationId, Groups);
        await Clients.Caller.SendAsync(ChatEvents.LeftConversation, left);
        return left;
    }

    /// <summary>
    /// Shows the first rows of a view of the list: the caller receives its changes from now on and, with <c>after_inbox_seq</c>, first those
    /// it missed.
    /// </summary>
    [HubMethodName("watch_conversations")]
    public async Task<WatchedConversations> WatchConversations(JsonElement payload) => await list.WatchAsync(
        Socket, payload.Text("view"), payload.Number("limit"), payload.OptionalNumber("after_inbox_seq"), Context.ConnectionAborted);

    /// <summary>Shows nothing of the list any more.</summary>
    [HubMethodName("unwatch_conversations")]
    public void UnwatchConversations() => list.Unwatch(Socket);

    /// <summary>The caller is typing; clients repeat it while that goes on.</summary>
    [HubMethodName("typing_start")]
    public void TypingStart(JsonElement payload) => typing.Start(Socket, payload.Id("conversation_id"));

    /// <summary>The caller stopped typing.</summary>
    [HubMethodName("typing_stop")]
    public void TypingStop(JsonElement payload) => typing.Stop(Socket, payload.Id("conversation_id"));

    /// <summary>Answers with the server's time.</summary>
    [HubMethodName("ping")]
    public async Task<PongEvent> Ping()
    {
        var pong = new PongEvent(time.UtcNow());
        await Clients.Caller.SendAsync(ChatEvents.Pong, pong);
        return pong;
    }

    /// <summary>Takes a fresh access token: the connection may stay until that one expires.</summary>
    [HubMethodName("authenticate")]
    public async Task<Authenticated> Authenticate(JsonElement payload)
        => new(await connections.RenewAsync(Socket, payload.Text("token"), Context.ConnectionAborted));

    /// <summary>Answers calls of methods that do not exist.</summary>
    [HubMethodName(Unknown)]
    public void UnknownMethod() => throw HubErrors.Invalid("There is no such method");

    private async Task ConnectAsync()
    {
        if (await connections.AddAsync(Context, Groups) is not { } socket)
        {
            await Clients.Caller.SendAsync(ChatEvents.Error, new ErrorEvent("Not authenticated", "unauthorized"));
            Context.Abort();
            return;
        }
        await Clients.Caller.SendAsync(ChatEvents.Connected, new ConnectedEvent("Connected", socket.User.UserId, node.Name));
        await Clients.Caller.SendAsync(ChatEvents.PresenceSnapshot, await presence.ConnectedAsync(socket.User.UserId, socket.User.OrganizationId));
    }

    private ChatSocket Socket => connections.Find(Context.ConnectionId) ?? throw HubErrors.Unauthorized("Not authenticated");
}

/// <summary>Result of <c>join_conversation</c>: everything after this number arrives as events.</summary>
public sealed record JoinedConversation(Guid ConversationId, long LastSeq);

/// <summary>Result of <c>watch_conversations</c>: everything of the view after this number arrives as events.</summary>
public sealed record WatchedConversations(string View, long InboxSeq, ListCounts Counts);

/// <summary>Result of <c>authenticate</c>: seconds until the token expires.</summary>
public sealed record Authenticated(int ExpiresIn);
