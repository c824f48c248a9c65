using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// The streams of all rooms on this node: reads their missing changes, and compares them with the database, because a message between
/// nodes may be lost and a worker may die after its commit but before it publishes.
/// </summary>
public sealed partial class RoomStreams(
    StreamCatchUp catchUp, NodeBus bus, IOptions<RealtimeOptions> options, RealtimeMetrics metrics, BackplaneMetrics backplane,
    Supervisor supervisor, ILogger<RoomStreams> logger) : NodeService(supervisor)
{
    private readonly ConcurrentDictionary<RoomStream, bool> _streams = new();
    private readonly Channel<(RoomStream Stream, string Cause)> _missing = Channel.CreateUnbounded<(RoomStream, string)>(new() { SingleReader = true });
    private readonly PositionChecks _checks = new(bus, options);

    /// <summary>How many rooms have members here.</summary>
    public int Count => _streams.Count;

    /// <summary>Creates the room for a conversation's first member here.</summary>
    internal RoomStream Open(Guid conversationId)
    {
        var stream = new RoomStream(conversationId, (s, cause) => _missing.Writer.TryWrite((s, cause)), metrics, backplane);
        _streams[stream] = true;
        return stream;
    }

    /// <summary>Starts a room's stream at the database's position. Call it after the room has subscribed to other nodes.</summary>
    internal async Task BeginAsync(RoomStream stream)
    {
        var head = await catchUp.HeadAsync(stream.ConversationId, CancellationToken.None);
        stream.OrganizationId = head?.OrganizationId;
        stream.Start(head?.LastSeq ?? 0);
    }

    internal void Close(RoomStream stream) => _streams.TryRemove(stream, out _);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _checks.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [FillAsync, CheckAsync];

    private async Task FillAsync(CancellationToken stoppingToken)
    {
        while (await _missing.Reader.WaitToReadAsync(stoppingToken))
        {
            // Most changes that seem missing are still on their way from another node.
            await Task.Delay(options.Value.HoleWait, stoppingToken);
            var behind = new Dictionary<RoomStream, string>();
            while (_missing.Reader.TryRead(out var next))
                if (next.Stream.IsBehind && _streams.ContainsKey(next.Stream))
                    behind.TryAdd(next.Stream, next.Cause);
            if (behind.Count > 0) await Guarded(() => FillAsync(behind, stoppingToken), stoppingToken);
        }
    }

    private async Task FillAsync(Dictionary<RoomStream, string> behind, CancellationToken cancellationToken)
    {
        foreach (var part in behind.Keys.Chunk(100))
        {
            var missed = await catchUp.MissedAsync(
                [.. part.Select(s => s.ConversationId)], [.. part.Select(s => s.Position ?? 0)], cancellationToken);
            var ofConversation = missed.ToDictionary(m => m.ConversationId);
            foreach (var stream in part)
                if (ofConversation.TryGetValue(stream.ConversationId, out var found))
                    stream.Fill(found, behind[stream]);
        }
    }

    private async Task CheckAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _checks.WaitAsync(stoppingToken);
            await Guarded(() => CompareAsync(stoppingToken), stoppingToken);
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        foreach (var stream in _streams.Keys) stream.ClearCache();
        var streams = _streams.Keys.Select(s => (Stream: s, s.Position)).Where(s => s.Position is not null).ToArray();
        if (streams.Length == 0) return;
        var differing = (await catchUp.DifferingPositionsAsync(
            [.. streams.Select(s => s.Stream.ConversationId)], [.. streams.Select(s => s.Position!.Value)], cancellationToken))
            .ToDictionary(d => d.ConversationId, d => d.LastSeq);
        foreach (var (stream, position) in streams)
            if (differing.TryGetValue(stream.ConversationId, out var lastSeq))
                stream.Expect(lastSeq, position!.Value);
    }

    private async Task Guarded(Func<Task> action, CancellationToken stoppingToken)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogDatabaseAway(exception);
        }
    }

    [LoggerMessage(2010, LogLevel.Warning, "Rooms could not be compared with the database")]
    private partial void LogDatabaseAway(Exception exception);
}
