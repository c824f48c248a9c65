using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;

namespace PyTake.Faults.Consumers;

/// <summary>
/// One agent's browser that has some conversations open. It follows the rules of src/pytake-client: it reconnects for ever, and asks for
/// what it missed after a hole, a <c>resync</c> or a reconnect.
/// </summary>
internal sealed class Consumer : IAsyncDisposable
{
    // As in src/pytake-client/src/connection/connection.ts.
    private static readonly TimeSpan Pays = TimeSpan.FromSeconds(1), LongestAttempt = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstAttempt = TimeSpan.FromSeconds(5);
    private static readonly Hedge AfterSilence = new(TimeSpan.FromSeconds(1), Most: 5);

    private readonly Uri _baseUrl;
    private readonly Guid _organization;
    private readonly Session _session;
    private readonly HttpMessageInvoker _http;
    private readonly Dictionary<Guid, Room> _rooms;
    private readonly List _list;
    private readonly Network _network = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _foreign = [];
    private readonly Task _running;
    private HubSocket? _socket;
    private bool _wasSilent;

    public Consumer(string name, Uri baseUrl, Guid organization, Session session, HttpClient http, IEnumerable<Guid> conversations)
    {
        (Name, _baseUrl, _organization, _session, _http) = (name, baseUrl, organization, session, http);
        var rest = new Rest(http, session);
        _rooms = conversations.ToDictionary(id => id, id => new Room(id, rest));
        _list = new List(rest);
        session.Renewed += Authenticate;
        _running = Task.Run(RunAsync);
    }

    public string Name { get; }

    public Guid Organization => _organization;

    /// <summary>When it heard something of its conversations.</summary>
    public Hearing Hearing { get; } = new();

    /// <summary>Connections that ended without our wanting it.</summary>
    public int Drops { get; private set; }

    /// <summary>What it was told of another organization.</summary>
    public IReadOnlyCollection<string> Foreign => _foreign;

    /// <summary>It is connected and in all its rooms.</summary>
    public bool IsLive => _socket is { Lost.IsCompleted: false } && _rooms.Values.All(room => room.IsJoined);

    public IReadOnlyList<ConversationView> Conversations => [.. _rooms.Values.Select(room => room.Shown())];

    public ListView List => _list.Shown();

    /// <summary>Its network is gone for so long.</summary>
    public Task CutAsync(TimeSpan duration) => _network.CutAsync(duration, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        _session.Renewed -= Authenticate;
        await _stop.CancelAsync();
        await _running;
        _network.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            for (var failures = 0; ;)
            {
                await _network.BackAsync(_stop.Token);
                if (await TryOpenAsync(failures) is { } first) failures = Math.Max(0, failures - (int)(await LiveAsync(first) / Pays));
                await Task.Delay(Backoff.After(failures++), _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It was closed.
        }
    }

    /// <returns>How long the last connection had lived when it was lost.</returns>
    private async Task<TimeSpan> LiveAsync(Connection first)
    {
        var since = Stopwatch.StartNew();
        for (var current = first; current is not null;)
        {
            since.Restart();
            current = await UseAsync(current);
        }
        foreach (var room in _rooms.Values) room.Left();
        if (!_stop.IsCancellationRequested) Drops++;
        return since.Elapsed;
    }

    /// <summary>Follows everything over this connection until it is lost, or another takes its place.</summary>
    /// <returns>The other one.</returns>
    private async Task<Connection?> UseAsync(Connection current)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _network.Up);
        await using (current)
        {
            _socket = current.Socket;
            Task[] work = [.. _rooms.Values.Select(room => room.RunAsync(current.Socket, over.Token)), _list.RunAsync(over.Token)];
            Task lost = current.Socket.Lost;
            await lost.WaitAsync(over.Token).WaitAsync(current.TimeToMove).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // The old connection goes on until the new one has let us in.
            Connection? next = null;
            for (var failures = 0; next is null && !lost.IsCompleted && !over.IsCancellationRequested; failures++)
                if ((next = await TryOpenAsync(failures)) is null)
                    await lost.WaitAsync(Backoff.After(failures), over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _socket = next?.Socket;
            _wasSilent = current.Socket.WasSilent;
            await over.CancelAsync();
            await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return next;
        }
    }

    private async Task<Connection?> TryOpenAsync(int failures)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _network.Up);
        var patience = FirstAttempt * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        attempt.CancelAfter(patience < LongestAttempt ? patience : LongestAttempt);
        try
        {
            return _wasSilent ? await AfterSilence.AskAsync(OpenAsync, late => _ = late.DisposeAsync(), attempt.Token) : await OpenAsync(attempt.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException || (exception is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            // A browser does not tell why it was refused, so the token is made sure of (src/pytake-client/src/session/authentication.ts, remedy).
            if (failures >= 3) await RenewTokenAsync();
            return null;
        }
    }

    private Task<Connection> OpenAsync(CancellationToken cancellationToken) =>
        Connection.OpenAsync(_baseUrl, _session.Token, _http, Hear, cancellationToken);

    private async Task RenewTokenAsync()
    {
        try
        {
            await _session.RenewAsync(_session.Token, _stop.Token);
        }
        catch (RestException)
        {
            // The next attempt looks again.
        }
    }

    private void Hear(string name, JsonElement payload)
    {
        switch (name)
        {
            case "message:new" or "message:updated" or "message:status":
                Hearing.Heard();
                if (RoomOf(name, payload) is { } room) room.Receive(name, payload);
                break;
            case "conversation:updated":
                Hearing.Heard();
                if (IsOurs(name, payload)) HearOfConversation(payload);
                break;
            case "resync" when payload.TryGetProperty("inbox_seq", out var seq): _list.Resync(seq.GetInt64()); break;
            case "resync": RoomOf(name, payload)?.Resync(payload.TryGetProperty("last_seq", out var last) ? last.GetInt64() : null); break;
        }
    }

    private void HearOfConversation(JsonElement conversation)
    {
        _list.Receive(conversation);
        // It came another way than the room's own events, so it also tells what they failed to.
        if (_rooms.TryGetValue(conversation.GetProperty("id").GetGuid(), out var room)) room.Learn(conversation.GetProperty("last_seq").GetInt64());
    }

    private Room? RoomOf(string name, JsonElement payload)
    {
        var id = payload.GetProperty("conversation_id").GetGuid();
        if (_rooms.TryGetValue(id, out var room)) return room;
        _foreign.Enqueue($"{name} of conversation {id}, which it did not join");
        return null;
    }

    private bool IsOurs(string name, JsonElement conversation)
    {
        var organization = conversation.GetProperty("organization_id").GetGuid();
        if (organization != _organization) _foreign.Enqueue($"{name} of organization {organization}");
        return organization == _organization;
    }

    // Lets the connection outlive its first token.
    private async void Authenticate()
    {
        if (_socket is not { } socket) return;
        try
        {
            await socket.InvokeAsync("authenticate", new Dictionary<string, object> { ["token"] = _session.Token }, _stop.Token);
        }
        catch (HubRefusedException)
        {
            socket.Abort();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The next connection begins with the new token.
        }
    }
}
