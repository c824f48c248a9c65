using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using PyTake.Accounts;

namespace PyTake.Realtime;

/// <summary>The endpoint a connection came in by. Endpoints other than SignalR's set it as a feature of their connections.</summary>
public sealed record SocketEndpoint(string Name)
{
    /// <summary>SignalR's, the default.</summary>
    public static readonly SocketEndpoint SignalR = new("signalr");

    /// <summary>Socket.IO's.</summary>
    public static readonly SocketEndpoint SocketIo = new("socketio");
}

/// <summary>One connection of this node: its user, when its token expires, which rooms it is in, and what it shows of the list.</summary>
public sealed class ChatSocket
{
    private readonly HubCallerContext _context;
    private ConnectedUser _user;
    private ListWatch? _watch;
    private Guid[] _rooms = [];
    private int _closing;

    internal ChatSocket(HubCallerContext context, ConnectedUser user, CallLimit calls, CallLimit beginnings)
        => (_context, _user, Calls, Beginnings, Endpoint) =
            (context, user, calls, beginnings, context.Features.Get<SocketEndpoint>() ?? SocketEndpoint.SignalR);

    public string Id => _context.ConnectionId;

    public SocketEndpoint Endpoint { get; }

    /// <summary>Its user; replaced when the client sends a fresh token or the user's rights change.</summary>
    public ConnectedUser User
    {
        get => Volatile.Read(ref _user);
        internal set => Volatile.Write(ref _user, value);
    }

    internal CallLimit Calls { get; }

    /// <summary>Limits how often its user may start typing.</summary>
    internal CallLimit Beginnings { get; }

    /// <summary>Whether it was asked to move to a node with fewer clients.</summary>
    internal bool IsMoving { get; set; }

    /// <summary>The conversations it has open: seldom more than one, so an array that is replaced as a whole. Only its own calls change it, one at a time.</summary>
    internal IReadOnlyList<Guid> Rooms => Volatile.Read(ref _rooms);

    /// <summary>What it shows of the list; only its feed sets it.</summary>
    internal ListWatch? Watch
    {
        get => Volatile.Read(ref _watch);
        set => Volatile.Write(ref _watch, value);
    }

    /// <summary>Whether it has a conversation open or watches a view that it is in.</summary>
    internal bool Shows(Guid conversationId) => IsIn(conversationId) || Watch?.Shows(conversationId) == true;

    /// <summary>Whether it has a conversation open.</summary>
    internal bool IsIn(Guid conversationId) => Volatile.Read(ref _rooms).Contains(conversationId);

    internal void Enter(Guid conversationId)
    {
        if (!IsIn(conversationId)) Volatile.Write(ref _rooms, [.. _rooms, conversationId]);
    }

    internal void Leave(Guid conversationId) => Volatile.Write(ref _rooms, Array.FindAll(_rooms, id => id != conversationId));

    /// <summary>Replaces the user after rights were checked again, unless a fresh token has arrived meanwhile.</summary>
    internal void Review(ConnectedUser looked, ConnectedUser found) => Interlocked.CompareExchange(ref _user, found, looked);

    /// <summary>True for the first caller only, which then closes it.</summary>
    internal bool TryClose() => Interlocked.Exchange(ref _closing, 1) == 0;

    /// <summary>Closes it and tells the client not to reconnect on its own.</summary>
    internal void Abort() => _context.Abort();

    /// <summary>Closes it so that the client reconnects on its own.</summary>
    internal void Release()
    {
        if (_context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime) lifetime.RequestClose();
        else _context.Abort();
    }
}
