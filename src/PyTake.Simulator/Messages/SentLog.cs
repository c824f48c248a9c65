using System.Text.Json;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Messages;

/// <summary>A request to send (or to mark as read), as it arrived. <c>Wamid</c> is null if no message was accepted.</summary>
internal sealed record SentRequest(long N, DateTime At, string PhoneNumberId, string? Wamid, JsonElement Body);

/// <summary>The requests of this process's lifetime, in order of arrival, and the messages that were accepted.</summary>
internal sealed class SentLog(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<SentRequest> _requests = [];
    private readonly Dictionary<string, OutboundMessage> _messages = [];

    /// <summary>Adds a request; <paramref name="message"/> is null if it was refused or only marks as read.</summary>
    public void Add(BusinessNumber number, JsonElement body, OutboundMessage? message)
    {
        lock (_lock)
        {
            var at = time.GetUtcNow().UtcDateTime;
            _requests.Add(new(_requests.Count + 1, at, number.Id, message?.Wamid, body));
            if (message is not null)
                _messages.Add(message.Wamid, message);
        }
    }

    /// <summary>The requests after number <paramref name="n"/>; the first request has number 1.</summary>
    public SentRequest[] After(long n)
    {
        lock (_lock)
            return n >= _requests.Count ? [] : [.. _requests[(int)Math.Max(n, 0)..]];
    }

    public OutboundMessage? Find(string wamid)
    {
        lock (_lock)
            return _messages.GetValueOrDefault(wamid);
    }
}
