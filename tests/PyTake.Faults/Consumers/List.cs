using System.Text.Json;

namespace PyTake.Faults.Consumers;

/// <summary>The organization's list of conversations, followed from its beginning on (src/pytake-client/src/streams/list.ts).</summary>
internal sealed class List
{
    private readonly ListView _view = new();
    private readonly Feed _feed;

    public List(Rest rest) => _feed = new Feed(async (after, cancellationToken) =>
    {
        var answer = await rest.GetAsync($"/api/v1/conversations?changed_after={after}&limit=100", cancellationToken);
        return [.. answer.Body.EnumerateArray().Select(conversation => EntryOf(conversation))];
    }, _view.Show);

    public void Receive(JsonElement conversation) => _feed.Receive(EntryOf(conversation));

    /// <summary>The server says that something may be missing.</summary>
    public void Resync(long seq)
    {
        if (seq > _feed.Position) _feed.CatchUp();
    }

    public ListView Shown() => _feed.Look(_view.Copy);

    /// <summary>Asks for what was missed, and keeps the stream complete, until the connection ends.</summary>
    public Task RunAsync(CancellationToken connection)
    {
        _feed.CatchUp();
        return _feed.RunAsync(connection);
    }

    private static Entry EntryOf(JsonElement conversation)
    {
        var seq = conversation.GetProperty("inbox_seq").GetInt64();
        var previous = conversation.TryGetProperty("prev_inbox_seq", out var given) ? given.GetInt64() : seq - 1;
        return new Entry(seq, previous, "conversation:updated", conversation);
    }
}
