using System.Text.Json;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Messages;

/// <summary>A request to send (or to mark as read), as it arrived. <c>Wamid</c> is null where none was given.</summary>
internal sealed record SentRequest(long N, DateTime At, string PhoneNumberId, string? Wamid, JsonElement Body);

/// <summary>What this process was asked to send, in the order of arrival, and the messages it accepted.</summary>
internal sealed class SentLog(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<SentRequest> _requests = [];
    private readonly Dictionary<string, OutboundMessage> _messages = [];

    /// <summary>Lists a request; <paramref name="message"/> is null where it makes no message.</summary>
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

    /// <summary>The requests after the given place; the first request has place 1.</summary>
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
