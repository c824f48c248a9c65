using System.Text.Json;

namespace PyTake.Faults.Consumers;

/// <summary>One conversation that a consumer follows through any number of connections (src/pytake-client/src/streams/room.ts).</summary>
internal sealed class Room
{
    private readonly ConversationView _view;
    private readonly Feed _feed;
    private readonly Guid _id;

    public Room(Guid id, Rest rest)
    {
        (_id, _view) = (id, new ConversationView(id));
        _feed = new Feed(async (after, cancellationToken) =>
        {
            var answer = await rest.GetAsync($"/api/v1/conversations/{id}/messages?changed_after={after}&limit=100", cancellationToken);
            return [.. answer.Body.EnumerateArray().Select(message => EntryOf("message:new", message))];
        }, _view.Show);
    }

    public Guid Id => _id;

    /// <summary>Whether the connection is in the room.</summary>
    public bool IsJoined { get; private set; }

    public void Receive(string kind, JsonElement payload) => _feed.Receive(EntryOf(kind, payload));

    public void Learn(long seq) => _feed.Learn(seq);

    /// <summary>The server says that something may be missing.</summary>
    public void Resync(long? seq)
    {
        if (seq is null || seq > _feed.Position) _feed.CatchUp();
    }

    public ConversationView Shown() => _feed.Look(_view.Copy);

    /// <summary>Joins with what is known, and keeps the stream complete, until the connection ends.</summary>
    public Task RunAsync(HubSocket socket, CancellationToken connection) =>
        Task.WhenAll(_feed.RunAsync(connection), EnterAsync(socket, connection));

    public void Left() => IsJoined = false;

    private async Task EnterAsync(HubSocket socket, CancellationToken connection)
    {
        for (var failures = 1; ; failures++)
            try
            {
                var joined = await socket.InvokeAsync("join_conversation", new Dictionary<string, object>
                {
                    ["conversation_id"] = _id, ["after_seq"] = _feed.Position,
                }, connection);
                IsJoined = true;
                _feed.Learn(joined.GetProperty("last_seq").GetInt64());
                return;
            }
            catch (HubRefusedException)
            {
                // A room that is there may refuse for a moment (a limit, a database that is away); REST has what is missed meanwhile.
                _feed.CatchUp();
                await Task.Delay(Backoff.After(failures), connection);
            }
    }

    private static Entry EntryOf(string kind, JsonElement payload)
    {
        var seq = payload.GetProperty("seq").GetInt64();
        return new Entry(seq, seq - 1, kind, payload);
    }
}
