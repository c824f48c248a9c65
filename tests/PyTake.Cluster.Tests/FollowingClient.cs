using System.Diagnostics;
using System.Text.Json;

namespace PyTake.Cluster;

/// <summary>
/// A client in one conversation that follows the instruction of a draining node: at its appointed time it connects again through nginx, and
/// closes the old connection once it has joined the conversation on the new one.
/// </summary>
public sealed class FollowingClient : IAsyncDisposable
{
    private readonly Uri _front;
    private readonly string _token;
    private readonly Guid _conversation;
    private readonly List<long> _seqs = [];
    private readonly CancellationTokenSource _stop = new();
    private SignalRClient _client;
    private Task _following = Task.CompletedTask;
    private long _heardAt = Stopwatch.GetTimestamp();

    private FollowingClient(Uri front, string token, Guid conversation, SignalRClient client)
        => (_front, _token, _conversation, _client) = (front, token, conversation, client);

    /// <summary>The seqs of the messages received, without duplicates, in order of arrival.</summary>
    public IReadOnlyList<long> Seqs
    {
        get
        {
            lock (_seqs) return [.. _seqs];
        }
    }

    /// <summary>The longest time without a message.</summary>
    public TimeSpan Silence { get; private set; }

    /// <summary>How often it moved to another connection.</summary>
    public int Moves { get; private set; }

    public static async Task<FollowingClient> JoinAsync(Uri front, string token, Guid conversation)
    {
        var client = new FollowingClient(front, token, conversation, await SignalRClient.ConnectAsync(front, token));
        await client._client.Join(conversation, 0);
        client._following = client.FollowAsync();
        return client;
    }

    /// <summary>Waits until it has received this many messages.</summary>
    public Task HearAsync(int count) => Wait.Until(() => Seqs.Count >= count, TimeSpan.FromSeconds(15));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        await _client.DisposeAsync();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        DateTime? leaveAt = null;
        while (!_stop.IsCancellationRequested)
        {
            if (await NextAsync("message:new") is { } message) Hear(message);
            if (leaveAt is null && _client.Events.FirstOrDefault(e => e.Name == "server:draining") is { } draining)
                leaveAt = DateTime.UtcNow.AddMilliseconds(draining.Payload.GetProperty("reconnect_in_ms").GetInt32());
            if (!(leaveAt <= DateTime.UtcNow)) continue;
            leaveAt = null;
            await MoveAsync();
        }
    }

    private async Task MoveAsync()
    {
        // As with the real client, the old connection stays open until the new one is ready.
        var next = await SignalRClient.ConnectAsync(_front, _token);
        await next.Join(_conversation, Seqs.LastOrDefault());
        await _client.DisposeAsync();
        _client = next;
        Moves++;
    }

    private async Task<JsonElement?> NextAsync(string name)
    {
        try
        {
            return await _client.Next(name, deadline: TimeSpan.FromMilliseconds(100));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private void Hear(JsonElement message)
    {
        var seq = message.GetProperty("seq").GetInt64();
        var silence = Stopwatch.GetElapsedTime(_heardAt);
        _heardAt = Stopwatch.GetTimestamp();
        if (silence > Silence) Silence = silence;
        lock (_seqs)
            if (_seqs.Count == 0 || seq > _seqs[^1]) _seqs.Add(seq);
    }
}
