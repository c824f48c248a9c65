using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace PyTake.Realtime;

/// <summary>The admitted connections of this node, by id, user and organization.</summary>
public sealed class ChatSockets
{
    private readonly ConcurrentDictionary<string, ChatSocket> _sockets = new();
    private readonly ConcurrentDictionary<Guid, ImmutableHashSet<ChatSocket>> _ofUser = new();
    private readonly ConcurrentDictionary<Guid, ImmutableHashSet<Guid>> _inOrganization = new();
    private readonly Lock _lock = new();

    /// <summary>All of them.</summary>
    public IEnumerable<ChatSocket> All => _sockets.Values;

    /// <summary>How many there are.</summary>
    public int Count => _sockets.Count;

    /// <summary>The connection with this id; null if it is not on this node or was not admitted.</summary>
    public ChatSocket? Find(string connectionId) => _sockets.GetValueOrDefault(connectionId);

    /// <summary>A user's connections here.</summary>
    public IReadOnlyCollection<ChatSocket> OfUser(Guid userId) => _ofUser.GetValueOrDefault(userId) ?? [];

    /// <summary>The users of an organization who are connected here.</summary>
    public IReadOnlyCollection<Guid> UsersIn(Guid organizationId) => _inOrganization.GetValueOrDefault(organizationId) ?? [];

    /// <summary>All users who are connected here.</summary>
    public IReadOnlyCollection<Guid> Users => [.. _ofUser.Keys];

    /// <summary>Connections by endpoint, as operators see them.</summary>
    public IReadOnlyDictionary<string, int> ByEndpoint()
        => _sockets.Values.GroupBy(s => s.Endpoint.Name).ToDictionary(g => g.Key, g => g.Count());

    internal void Add(ChatSocket socket)
    {
        lock (_lock)
        {
            _sockets[socket.Id] = socket;
            _ofUser[socket.User.UserId] = OfUserLocked(socket.User.UserId).Add(socket);
            _inOrganization[socket.User.OrganizationId] = InOrganizationLocked(socket.User.OrganizationId).Add(socket.User.UserId);
        }
    }

    /// <returns>Whether it was the user's last connection here.</returns>
    internal bool Remove(ChatSocket socket)
    {
        lock (_lock)
        {
            if (!_sockets.TryRemove(socket.Id, out _)) return false;
            var (user, organization) = (socket.User.UserId, socket.User.OrganizationId);
            var sockets = OfUserLocked(user).Remove(socket);
            if (sockets.Count > 0)
            {
                _ofUser[user] = sockets;
                return false;
            }
            _ofUser.TryRemove(user, out _);
            var users = InOrganizationLocked(organization).Remove(user);
            if (users.Count > 0) _inOrganization[organization] = users;
            else _inOrganization.TryRemove(organization, out _);
            return true;
        }
    }

    private ImmutableHashSet<ChatSocket> OfUserLocked(Guid userId) => _ofUser.GetValueOrDefault(userId) ?? [];

    private ImmutableHashSet<Guid> InOrganizationLocked(Guid organizationId) => _inOrganization.GetValueOrDefault(organizationId) ?? [];
}
