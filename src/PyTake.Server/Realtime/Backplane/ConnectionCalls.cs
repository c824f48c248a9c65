using System.Collections.Concurrent;
using System.Text.Json;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>Something to do with connections that are not this node's. Rare, so it is plain JSON and goes to every node.</summary>
/// <param name="Origin">The node that asks.</param>
/// <param name="Id">The answer's address there; 0 where none is wanted.</param>
/// <param name="Arguments">The arguments as JSON, without the array's brackets.</param>
internal sealed record ConnectionCall(
    Guid Origin, long Id, ConnectionCallKind Kind, string[] Connections, string? Group = null, string? Method = null, string? Arguments = null);

internal enum ConnectionCallKind { Send, Join, Leave, Invoke }

/// <param name="Found">Whether the node has the connection.</param>
/// <param name="Done">Whether it is finished; an invocation's result comes later than its finding.</param>
internal sealed record ConnectionAnswer(long Id, bool Found, bool Done, string? Error = null, RawJson? Result = null);

/// <summary>
/// Asks all nodes about a connection and learns who has it. Redis says how many heard the question, so that a connection that is
/// nowhere is known as soon as all have answered.
/// </summary>
internal sealed class ConnectionCalls(RedisLink link, Channels channels, string hub, TimeSpan wait)
{
    private readonly ConcurrentDictionary<long, Asked> _asked = new();
    private long _lastId;

    public void Send(ConnectionCall call) => link.Publish(channels.Connections(hub), Bytes(call));

    /// <returns>The answer of the node that has the connection; null where none has it, or none answers in time.</returns>
    public async Task<ConnectionAnswer?> AskAsync(ConnectionCall call, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var asked = _asked[id] = new Asked();
        try
        {
            // Everybody who heard it but this node itself.
            if (await link.PublishCountedAsync(channels.Connections(hub), Bytes(call with { Id = id })) is not { } heard) return null;
            asked.Expect(heard - 1);
            if (!await asked.Found.WaitAsync(wait, cancellationToken)) return null;
            return await asked.Answer.WaitAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    public void Answer(Guid to, ConnectionAnswer answer)
        => link.Publish(channels.Answers(hub, to), JsonSerializer.SerializeToUtf8Bytes(answer, Wire.Options));

    public void Answered(byte[] message)
    {
        if (JsonSerializer.Deserialize<ConnectionAnswer>(message, Wire.Options) is { } answer && _asked.TryGetValue(answer.Id, out var asked))
            asked.Take(answer);
    }

    private static byte[] Bytes(ConnectionCall call) => JsonSerializer.SerializeToUtf8Bytes(call, Wire.Options);

    private sealed class Asked
    {
        private readonly TaskCompletionSource<bool> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<ConnectionAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _lock = new();
        private long _negative;
        private long _expected = long.MaxValue;

        public Task<bool> Found => _found.Task;
        public Task<ConnectionAnswer> Answer => _answer.Task;

        public void Expect(long answers)
        {
            lock (_lock)
            {
                _expected = answers;
                if (_negative >= _expected) _found.TrySetResult(false);
            }
        }

        public void Take(ConnectionAnswer answer)
        {
            if (answer.Found)
            {
                _found.TrySetResult(true);
                if (answer.Done) _answer.TrySetResult(answer);
                return;
            }
            lock (_lock)
                if (++_negative >= _expected) _found.TrySetResult(false);
        }
    }
}
