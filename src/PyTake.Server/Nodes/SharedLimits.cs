using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>At most so many of something in any minute.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Key">By whom; each has a count of their own.</param>
public sealed record Limit(string Name, string Key, int PerMinute);

/// <summary>
/// Counts what may happen only so often, for all nodes together in Redis. Each node also counts for itself: what exceeds a limit there does not reach Redis,
/// and while Redis is away that count alone decides. The count of a minute is that of the current one and, in proportion, of the last.
/// </summary>
public sealed class SharedLimits(RedisLink link, Channels channels, TimeProvider time)
{
    // Beyond these the oldest are forgotten. One takes some 200 bytes.
    private const int MostWindows = 50_000;

    // A login is not to wait for a Redis that hangs; the node notices within seconds and asks it no more.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Window> _windows = [];
    private readonly Lock _lock = new();

    /// <summary>Counts once more under each of these limits, or under none if one of them is exhausted.</summary>
    /// <returns>Null if it was within all of them, otherwise how long to wait.</returns>
    public async Task<TimeSpan?> CountAsync(params IReadOnlyList<Limit> limits)
    {
        string[] keys = [.. limits.Select(KeyOf)];
        if (CountHere(keys, limits) is { } wait) return wait;
        var (answered, result) = await link.QueryAsync(redis => redis.ScriptEvaluateAsync(
            Count, [.. keys.Select(key => (RedisKey)key)], [.. limits.Select(limit => (RedisValue)limit.PerMinute)]).WaitAsync(Patience));
        if (!answered || result is null || result.IsNull) return null;
        foreach (var key in keys) ReturnHere(key);
        return TimeSpan.FromSeconds((double)result);
    }

    /// <summary>Takes back what was counted.</summary>
    public void Return(params IReadOnlyList<Limit> limits)
    {
        foreach (var key in limits.Select(KeyOf))
        {
            ReturnHere(key);
            link.Try(redis => redis.ScriptEvaluate(TakeBack, [key], flags: CommandFlags.FireAndForget));
        }
    }

    // A hash, so that Redis holds no addresses, neither of networks nor of people.
    private string KeyOf(Limit limit)
        => channels.Limit(limit.Name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(limit.Key)).AsSpan(0, 16)));

    private TimeSpan? CountHere(string[] keys, IReadOnlyList<Limit> limits)
    {
        var minutes = time.GetUtcNow().ToUnixTimeMilliseconds() / 60_000.0;
        lock (_lock)
        {
            for (var i = 0; i < keys.Length; i++)
                if (At(keys[i], minutes).WaitFor(limits[i].PerMinute, minutes) is { } wait)
                    return wait;
            foreach (var key in keys) _windows[key] = At(key, minutes).With(1);
            if (_windows.Count > MostWindows) ForgetOld(minutes);
            return null;
        }
    }

    private void ReturnHere(string key)
    {
        lock (_lock)
            if (_windows.TryGetValue(key, out var window))
                _windows[key] = window.With(-1);
    }

    private Window At(string key, double minutes)
        => _windows.TryGetValue(key, out var window) ? window.At((long)minutes) : new Window((long)minutes, 0, 0);

    private void ForgetOld(double minutes)
    {
        foreach (var (key, window) in _windows)
            if (window.Minute < (long)minutes - 1)
                _windows.Remove(key);
        // As many in two minutes are an attack from everywhere at once: what each of them has done is of no importance.
        if (_windows.Count > MostWindows) _windows.Clear();
    }

    /// <param name="Minute">Since 1970.</param>
    /// <param name="Count">In that minute.</param>
    /// <param name="Before">In the minute before.</param>
    private readonly record struct Window(long Minute, int Count, int Before)
    {
        public Window At(long minute) => minute == Minute ? this : new Window(minute, 0, minute == Minute + 1 ? Count : 0);

        public Window With(int more) => this with { Count = Math.Max(0, Count + more) };

        /// <summary>How long until there is room for one more; null if there is.</summary>
        public TimeSpan? WaitFor(int most, double minutes)
        {
            var elapsed = minutes - Minute;
            if (Before * (1 - elapsed) + Count + 1 <= most) return null;
            return TimeSpan.FromMinutes(Count + 1 <= most
                ? 1 - (most - Count - 1.0) / Before - elapsed
                : 1 - elapsed + (1 - (most - 1.0) / Count));
        }
    }

    // The same, by Redis' clock. Answers how many seconds to wait, as text, since a script's numbers are whole.
    private const string Count = """
        local clock = redis.call('TIME')
        local minutes = (clock[1] + clock[2] / 1000000) / 60
        local minute = math.floor(minutes)
        local elapsed = minutes - minute
        local counts = {}
        for i, key in ipairs(KEYS) do
            local window = redis.call('HMGET', key, 'minute', 'count', 'before')
            local at, count, before = tonumber(window[1]) or 0, tonumber(window[2]) or 0, tonumber(window[3]) or 0
            if at ~= minute then
                before = at == minute - 1 and count or 0
                count = 0
            end
            local most = tonumber(ARGV[i])
            if before * (1 - elapsed) + count + 1 > most then
                if count + 1 <= most then return tostring(60 * (1 - (most - count - 1) / before - elapsed)) end
                return tostring(60 * (1 - elapsed + 1 - (most - 1) / count))
            end
            counts[i] = { count + 1, before }
        end
        for i, key in ipairs(KEYS) do
            redis.call('HSET', key, 'minute', minute, 'count', counts[i][1], 'before', counts[i][2])
            redis.call('EXPIRE', key, 120)
        end
        return false
        """;

    private const string TakeBack = """
        if tonumber(redis.call('HGET', KEYS[1], 'count') or 0) > 0 then redis.call('HINCRBY', KEYS[1], 'count', -1) end
        """;
}
