using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PyTake.Accounts;

namespace PyTake.Realtime;

/// <summary>The life of a connection: admits it, renews its token, and cleans up when it ends.</summary>
public sealed class Connections(
    ChatSockets sockets, SocketAdmission admission, TokenReader tokens, InboxFeed inbox, Presence presence, Typing typing, Viewers viewers,
    IOptions<RealtimeOptions> options, TimeProvider time)
{
    /// <summary>The connection with this id; null if it was not admitted.</summary>
    public ChatSocket? Find(string connectionId) => sockets.Find(connectionId);

    /// <summary>Admits a connection and adds it to its organization's and its user's rooms.</summary>
    /// <returns>Null if the session has ended or the user may not connect.</returns>
    public async Task<ChatSocket?> AddAsync(HubCallerContext context, IGroupManager groups)
    {
        if (await AdmitAsync(context) is not { } user) return null;
        await groups.AddToGroupAsync(context.ConnectionId, Rooms.Organization(user.OrganizationId), context.ConnectionAborted);
        await groups.AddToGroupAsync(context.ConnectionId, Rooms.User(user.UserId), context.ConnectionAborted);

        var socket = new ChatSocket(context, user,
            new CallLimit(options.Value.CallsPerSecond, options.Value.CallBurst, time),
            new CallLimit(Typing.BeginningsPerSecond, Typing.BeginningsBurst, time));
        sockets.Add(socket);
        ForgetToken(context);
        return socket;
    }

    /// <summary>Call when a connection ended.</summary>
    public void Remove(string connectionId)
    {
        if (sockets.Find(connectionId) is not { } socket) return;
        typing.StopAll(socket);
        if (sockets.Remove(socket)) presence.Disconnected(socket.User.UserId, socket.User.OrganizationId);
        inbox.Unwatch(socket);
        foreach (var conversation in socket.Rooms) viewers.Changed(conversation);
    }

    /// <summary>Accepts a fresh token of the same user.</summary>
    /// <returns>Seconds until it expires.</returns>
    /// <exception cref="HubException">The token is not valid, belongs to another user, or its session has ended.</exception>
    public async Task<int> RenewAsync(ChatSocket socket, string token, CancellationToken cancellationToken)
    {
        if (await tokens.ReadAsync(token) is not { } read) throw HubErrors.Unauthorized("The token is not valid");
        var (caller, expiresAt) = read;
        if (caller.UserId != socket.User.UserId || caller.OrganizationId != socket.User.OrganizationId)
            throw HubErrors.Forbidden("The token belongs to another user");
        socket.User = await admission.AdmitAsync(caller, expiresAt, cancellationToken) ?? throw HubErrors.Unauthorized("The session is over");
        return (int)(expiresAt - time.GetUtcNow().UtcDateTime).TotalSeconds;
    }

    // A WebSocket's request lives as long as its connection, and the token in its URL is half of it. Nothing reads it any more.
    private static void ForgetToken(HubCallerContext context)
    {
        if (context.Features.Get<IHttpTransportFeature>()?.TransportType == HttpTransportType.WebSockets && context.GetHttpContext() is { } http)
            http.Request.Query = QueryCollection.Empty;
    }

    // A WebSocket's request was just checked (SocketRight), as were another endpoint's connections; other transports are checked here.
    private async Task<ConnectedUser?> AdmitAsync(HubCallerContext context)
        => context.Features.Get<ConnectedUser>() ?? context.GetHttpContext()?.Features.Get<ConnectedUser>()
            ?? await admission.AdmitAsync(Caller.Of(context.User!), TokenReader.ExpiresAt(context.User!), context.ConnectionAborted);
}
