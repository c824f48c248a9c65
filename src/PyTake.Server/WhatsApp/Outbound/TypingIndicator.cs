using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Json;
using PyTake.Nodes;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Shows customers that an agent is writing to them. Meta shows it for 25 s or until a message comes, and marks the customer's newest message as
/// read with it (WHATSAPP, section 7). A late indicator is worthless, so requests are not retried. One worker node sends it for each
/// conversation; if two do for a moment, that does no harm.
/// </summary>
internal sealed partial class TypingIndicator : IHostedService
{
    private const int MostUnderWay = 16;
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenMessages = TimeSpan.FromSeconds(3);

    private readonly NodeRegistry _nodes;
    private readonly NpgsqlDataSource _db;
    private readonly GraphClient _graph;
    private readonly SecretBox _secrets;
    private readonly TimeProvider _time;
    private readonly ILogger<TypingIndicator> _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Display> _displays = [];    // under _lock: hints come on several threads
    private int _underWay;

    public TypingIndicator(
        NodeRegistry nodes, NodeBus bus, NpgsqlDataSource db, GraphClient graph, SecretBox secrets, IOptions<OutboundOptions> options,
        TimeProvider time, ILogger<TypingIndicator> logger)
    {
        (_nodes, _db, _graph, _secrets, _time, _logger) = (nodes, db, graph, secrets, time, logger);
        if (options.Value.TypingIndicator) bus.Subscribe(TypingHint.Topic, OnTypingHint);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnTypingHint(string text)
    {
        var hint = JsonSerializer.Deserialize<TypingHint>(text, Wire.Options)!;
        if (!hint.Typing)
        {
            MarkEnded(hint.ConversationId);
            return;
        }
        if (_nodes.Owner(Partitions.Of(hint.ConversationId.ToString())) != _nodes.Id || !IsDue(hint.ConversationId)) return;
        _ = Task.Run(() => ShowAsync(hint.ConversationId));
    }

    // The agent may have sent the message, which ends the display: the next indicator may be shown soon.
    private void MarkEnded(Guid conversationId)
    {
        lock (_lock)
            if (_displays.TryGetValue(conversationId, out var display))
                display.HasEnded = true;
    }

    private bool IsDue(Guid conversationId)
    {
        lock (_lock)
        {
            if (_displays.TryGetValue(conversationId, out var known)
                && _time.GetElapsedTime(known.At) < (known.HasEnded ? BetweenMessages : Shown)) return false;
            foreach (var (id, display) in _displays)
                if (_time.GetElapsedTime(display.At) >= Shown)
                    _displays.Remove(id);
            _displays[conversationId] = new Display(_time.GetTimestamp());
            return true;
        }
    }

    private async Task ShowAsync(Guid conversationId)
    {
        try
        {
            if (Interlocked.Increment(ref _underWay) > MostUnderWay || await FindAsync(conversationId) is not { } newest
                || !_secrets.TryOpen(newest.AccessToken, NumberStore.PlaceOf(newest.NumberId), out var token)) return;
            var answer = await _graph.MarkReadAsync(newest.PhoneNumberId, token, newest.WhatsappMessageId, CancellationToken.None, isTyping: true);
            if (answer is not GraphAnswer.Accepted) LogNotShown(conversationId, answer.GetType().Name);
        }
        catch (Exception exception)
        {
            LogFailed(exception, conversationId);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<NewestMessage?> FindAsync(Guid conversationId)
    {
        const string Sql = """
            select n.id as number_id, n.phone_number_id, n.access_token, newest.whatsapp_message_id
            from conversations c
            join whatsapp_numbers n on n.id = c.whatsapp_number_id
            cross join lateral (
                select whatsapp_message_id
                from messages
                where conversation_id = c.id
                  and inbound_number is not null
                  and whatsapp_message_id is not null
                  and message_type <> 'call'
                order by occurred_at desc, created_at desc, id desc
                limit 1
            ) newest
            where c.id = @conversationId
              and c.last_inbound_at > @openSince
              and coalesce(c.controlled_by, 'self') = 'self'
              and n.is_active
              and n.sending_stopped_at is null
            """;

        await using var connection = await _db.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<NewestMessage>(Sql, new { conversationId, openSince = _time.UtcNow().AddHours(-24) });
    }

    private sealed record NewestMessage(Guid NumberId, string PhoneNumberId, byte[] AccessToken, string WhatsappMessageId);

    private sealed class Display(long at)
    {
        public long At => at;
        public bool HasEnded { get; set; }
    }

    [LoggerMessage(6241, LogLevel.Debug, "The typing indicator of conversation {ConversationId} was not shown: {Reason}")]
    private partial void LogNotShown(Guid conversationId, string reason);

    [LoggerMessage(6242, LogLevel.Warning, "Showing the typing indicator of conversation {ConversationId} failed")]
    private partial void LogFailed(Exception exception, Guid conversationId);
}
