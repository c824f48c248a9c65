using System.Diagnostics;
using System.Text.Json;

namespace PyTake.Faults.Consumers;

/// <summary>A message as a consumer shows it.</summary>
/// <param name="FirstSeenAt">By Stopwatch.</param>
internal sealed record ShownMessage(long Seq, string Status, string Text, long FirstSeenAt);

/// <summary>What a consumer shows of one conversation, built from what its feed handed out, and what was odd about that.</summary>
internal sealed class ConversationView(Guid id)
{
    private readonly Dictionary<Guid, ShownMessage> _messages = [];
    private readonly List<string> _oddities = [];
    private long _last;

    public Guid Id => id;
    public IReadOnlyDictionary<Guid, ShownMessage> Messages => _messages;

    /// <summary>Changes that came out of order, twice, or for a message that never came.</summary>
    public IReadOnlyList<string> Oddities => _oddities;

    public void Show(Entry entry)
    {
        if (entry.Seq <= _last) _oddities.Add($"{entry.Kind} {entry.Seq} came after {_last}");
        _last = entry.Seq;
        if (entry.Kind == "message:status") Tick(entry);
        else Put(entry);
    }

    public ConversationView Copy()
    {
        var copy = new ConversationView(id) { _last = _last };
        foreach (var (key, message) in _messages) copy._messages[key] = message;
        copy._oddities.AddRange(_oddities);
        return copy;
    }

    private void Put(Entry entry)
    {
        var message = entry.Payload;
        var known = _messages.GetValueOrDefault(message.GetProperty("id").GetGuid());
        _messages[message.GetProperty("id").GetGuid()] = new ShownMessage(
            entry.Seq, message.GetProperty("status").GetString()!, TextOf(message), known?.FirstSeenAt ?? Stopwatch.GetTimestamp());
    }

    private void Tick(Entry entry)
    {
        var id = entry.Payload.GetProperty("message_id").GetGuid();
        if (_messages.TryGetValue(id, out var message)) _messages[id] = message with { Seq = entry.Seq, Status = entry.Payload.GetProperty("status").GetString()! };
        else _oddities.Add($"a status came for message {id}, which did not");
    }

    private static string TextOf(JsonElement message) =>
        message.GetProperty("content").TryGetProperty("text", out var text) ? text.GetString() ?? "" : "";
}

/// <summary>What a consumer shows in the organization's list: of each conversation the last change.</summary>
internal sealed class ListView
{
    private readonly Dictionary<Guid, (long InboxSeq, long LastSeq)> _conversations = [];
    private readonly List<string> _oddities = [];
    private long _last;

    public IReadOnlyDictionary<Guid, (long InboxSeq, long LastSeq)> Conversations => _conversations;
    public IReadOnlyList<string> Oddities => _oddities;

    public void Show(Entry entry)
    {
        if (entry.Seq <= _last) _oddities.Add($"the list's change {entry.Seq} came after {_last}");
        _last = entry.Seq;
        _conversations[entry.Payload.GetProperty("id").GetGuid()] = (entry.Seq, entry.Payload.GetProperty("last_seq").GetInt64());
    }

    public ListView Copy()
    {
        var copy = new ListView { _last = _last };
        foreach (var (key, conversation) in _conversations) copy._conversations[key] = conversation;
        copy._oddities.AddRange(_oddities);
        return copy;
    }
}
