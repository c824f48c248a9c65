using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace PyTake.Realtime;

/// <summary>Calls that wait for a client's answer.</summary>
internal sealed class ClientResults
{
    private readonly ConcurrentDictionary<string, Waiting> _waiting = new();

    private sealed record Waiting(string ConnectionId, Type Type, Action<CompletionMessage> Done);

    /// <returns>The id of the call, which no other node's call has.</returns>
    public string Add(string connectionId, Type type, Action<CompletionMessage> done)
    {
        var id = "s-" + Guid.NewGuid().ToString("N");
        _waiting[id] = new(connectionId, type, done);
        return id;
    }

    public bool Remove(string invocationId) => _waiting.TryRemove(invocationId, out _);

    public bool TryGetType(string invocationId, out Type? type)
    {
        type = _waiting.TryGetValue(invocationId, out var waiting) ? waiting.Type : null;
        return type is not null;
    }

    public void Complete(string connectionId, CompletionMessage result)
    {
        if (!_waiting.TryGetValue(result.InvocationId!, out var waiting)) return;
        if (waiting.ConnectionId != connectionId)
            throw new InvalidOperationException($"Connection ID '{connectionId}' is not valid for invocation ID '{result.InvocationId}'.");
        if (_waiting.TryRemove(result.InvocationId!, out _)) waiting.Done(result);
    }

    /// <summary>Nobody answers any more for a connection that ended.</summary>
    public void Abandon(string connectionId)
    {
        foreach (var (id, waiting) in _waiting)
            if (waiting.ConnectionId == connectionId && _waiting.TryRemove(id, out _))
                waiting.Done(CompletionMessage.WithError(id, $"Connection '{connectionId}' disconnected."));
    }
}
