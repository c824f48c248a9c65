using System.Collections.Immutable;
using PyTake.Nodes;
using StackExchange.Redis;

namespace PyTake.Realtime;

/// <summary>
/// Leases in Redis: a sorted set for each organization. A member is a user on a node, its score the end of the lease in Unix
/// milliseconds. Nodes' clocks may differ by less than a lease.
/// </summary>
public sealed class PresenceLeases(RedisLink link, Channels channels, NodeIdentity node, TimeProvider time)
{
    /// <summary>Sets or renews leases of users on this node. Does not wait for Redis.</summary>
    public void Renew(Guid organizationId, IReadOnlyCollection<Guid> users, TimeSpan lease) => link.Try(redis =>
    {
        redis.SortedSetAdd(channels.Presence(organizationId), Entries(users, lease), CommandFlags.FireAndForget);
        RemoveExpired(redis, organizationId, lease);
    });

    /// <summary>The same, but waits.</summary>
    /// <returns>Whether Redis accepted them.</returns>
    public async Task<bool> RenewAsync(Guid organizationId, IReadOnlyCollection<Guid> users, TimeSpan lease)
    {
        link.Try(redis => RemoveExpired(redis, organizationId, lease));
        return (await link.QueryAsync(redis => redis.SortedSetAddAsync(channels.Presence(organizationId), Entries(users, lease)))).Answered;
    }

    /// <summary>Users with a lease on any node; null when Redis does not answer.</summary>
    public async Task<ImmutableHashSet<Guid>?> ReadAsync(Guid organizationId)
        => await link.QueryAsync(redis => redis.SortedSetRangeByScoreAsync(channels.Presence(organizationId), Now())) is (true, { } members)
            ? Users(members)
            : null;

    private static ImmutableHashSet<Guid> Users(RedisValue[] members) => [.. members.Select(UserOf).OfType<Guid>()];

    // Ignores members written by another program or version.
    private static Guid? UserOf(RedisValue member)
        => (string?)member is { Length: > 32 } text && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var user) ? user : null;

    private SortedSetEntry[] Entries(IReadOnlyCollection<Guid> users, TimeSpan lease)
    {
        var end = Now() + lease.TotalMilliseconds;
        return [.. users.Select(user => new SortedSetEntry($"{user:N}:{node.Id:N}", end))];
    }

    private void RemoveExpired(IDatabase redis, Guid organizationId, TimeSpan lease)
    {
        RedisKey key = channels.Presence(organizationId);
        redis.SortedSetRemoveRangeByScore(key, double.NegativeInfinity, Now(), flags: CommandFlags.FireAndForget);
        redis.KeyExpire(key, lease * 10, CommandFlags.FireAndForget);
    }

    private double Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
