using System.Collections.Immutable;
using PyTake.Nodes;
using StackExchange.Redis;

namespace PyTake.Realtime;

/// <summary>
/// Leases in Redis: a sorted set for each organization, its members a user on a node, their scores the end of the lease in
/// milliseconds. Nodes' clocks may differ by less than a lease.
/// </summary>
public sealed class PresenceLeases(RedisLink link, Channels channels, NodeIdentity node, TimeProvider time)
{
    /// <summary>These users are here for so long, unless it is said again. Waits for nothing.</summary>
    public void Hold(Guid organizationId, IReadOnlyCollection<Guid> users, TimeSpan lease) => link.Try(redis =>
    {
        redis.SortedSetAdd(channels.Presence(organizationId), Entries(users, lease), CommandFlags.FireAndForget);
        Tidy(redis, organizationId, lease);
    });

    /// <summary>The same for a caller who wants to know whether Redis took it.</summary>
    public async Task<bool> HoldAsync(Guid organizationId, IReadOnlyCollection<Guid> users, TimeSpan lease)
    {
        link.Try(redis => Tidy(redis, organizationId, lease));
        return (await link.AskAsync(redis => redis.SortedSetAddAsync(channels.Presence(organizationId), Entries(users, lease)))).Answered;
    }

    /// <summary>Who has a lease on any node; null where Redis does not say.</summary>
    public async Task<ImmutableHashSet<Guid>?> ReadAsync(Guid organizationId)
        => await link.AskAsync(redis => redis.SortedSetRangeByScoreAsync(channels.Presence(organizationId), Now())) is (true, { } members) ? Users(members) : null;

    private static ImmutableHashSet<Guid> Users(RedisValue[] members) => [.. members.Select(UserOf).OfType<Guid>()];

    // What another program or version wrote is nobody of ours.
    private static Guid? UserOf(RedisValue member)
        => (string?)member is { Length: > 32 } text && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var user) ? user : null;

    private SortedSetEntry[] Entries(IReadOnlyCollection<Guid> users, TimeSpan lease)
    {
        var end = Now() + lease.TotalMilliseconds;
        return [.. users.Select(user => new SortedSetEntry($"{user:N}:{node.Id:N}", end))];
    }

    private void Tidy(IDatabase redis, Guid organizationId, TimeSpan lease)
    {
        RedisKey key = channels.Presence(organizationId);
        redis.SortedSetRemoveRangeByScore(key, double.NegativeInfinity, Now(), flags: CommandFlags.FireAndForget);
        redis.KeyExpire(key, lease * 10, CommandFlags.FireAndForget);
    }

    private double Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
