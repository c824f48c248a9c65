using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using PyTake.Accounts;

namespace PyTake.Realtime;

/// <summary>Which endpoint a connection came to; one other than SignalR's sets it as a feature of its connections.</summary>
public sealed record SocketEndpoint(string Name)
{
    /// <summary>SignalR, where nothing else is said.</summary>
    public static readonly SocketEndpoint SignalR = new("signalr");

    /// <summary>Set by Socket.IO's.</summary>
    public static readonly SocketEndpoint SocketIo = new("socketio");
}

/// <summary>One connection of this node: whose it is, until when, and which rooms it is in.</summary>
public sealed class ChatSocket
{
    private readonly HubCallerContext _context;
    private ConnectedUser _user;
    private int _closing;

    internal ChatSocket(HubCallerContext context, ConnectedUser user, CallLimit calls, CallLimit beginnings)
        => (_context, _user, Calls, Beginnings, Endpoint) = (context, user, calls, beginnings, context.Features.Get<SocketEndpoint>() ?? SocketEndpoint.SignalR);

    public string Id => _context.ConnectionId;

    public SocketEndpoint Endpoint { get; }

    /// <summary>Whose it is now; a fresh token or a changed right replaces it.</summary>
    public ConnectedUser User
    {
        get => Volatile.Read(ref _user);
        internal set => Volatile.Write(ref _user, value);
    }

    internal CallLimit Calls { get; }

    /// <summary>How often its user may begin to write.</summary>
    internal CallLimit Beginnings { get; }

    /// <summary>Whether it was asked to go to a node that has fewer.</summary>
    internal bool IsAskedToMove { get; set; }

    /// <summary>The conversations it has open.</summary>
    internal ConcurrentDictionary<Guid, bool> Rooms { get; } = new();

    /// <summary>The same user, looked at again; a fresh token that came meanwhile stays.</summary>
    internal void Review(ConnectedUser looked, ConnectedUser found) => Interlocked.CompareExchange(ref _user, found, looked);

    /// <summary>Whether this call is the first to end it.</summary>
    internal bool TryClose() => Interlocked.Exchange(ref _closing, 1) == 0;

    /// <summary>Ends it for good: the client is told not to come back by itself.</summary>
    internal void Abort() => _context.Abort();

    /// <summary>Ends it so that the client comes back by itself.</summary>
    internal void Release()
    {
        if (_context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime) lifetime.RequestClose();
        else _context.Abort();
    }
}
