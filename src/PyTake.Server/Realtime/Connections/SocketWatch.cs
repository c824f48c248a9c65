using System.Collections.Concurrent;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Closes connections whose token expired, whose session ended or whose user may no longer connect, and picks up changed roles. Nodes
/// send one another hints; the database is also checked every few seconds, in case a hint was lost.
/// </summary>
internal sealed partial class SocketWatch : NodeService
{
    // Clocks differ, and a long transaction becomes visible later than the time it recorded.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly ChatSockets _sockets;
    private readonly SocketCloser _closer;
    private readonly SocketAdmission _admission;
    private readonly NpgsqlDataSource _db;
    private readonly TimeProvider _time;
    private readonly TimeSpan _pause;
    private readonly ILogger<SocketWatch> _logger;
    private readonly ConcurrentQueue<string> _hints = new();
    private readonly Signal _hinted = new();
    private DateTime _checkedAt;
    private long _nextCheck;

    public SocketWatch(
        ChatSockets sockets, SocketCloser closer, SocketAdmission admission, NodeBus bus, NpgsqlDataSource db, IOptions<RealtimeOptions> options,
        TimeProvider time, Supervisor supervisor, ILogger<SocketWatch> logger) : base(supervisor)
    {
        (_sockets, _closer, _admission, _db, _time, _pause, _logger) = (sockets, closer, admission, db, time, options.Value.RightsCheck, logger);
        _checkedAt = time.GetUtcNow().UtcDateTime;
        bus.Subscribe(Sessions.Topic, OnHint);
    }

    protected override IReadOnlyList<Loop> Loops => [WatchAsync];

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _hinted.WaitAsync(_pause < Tick ? _pause : Tick, stoppingToken);
            CloseExpired();
            try
            {
                await ReviewHintedAsync(stoppingToken);
                if (_sockets.Count > 0 && _time.GetTimestamp() >= _nextCheck) await ReviewChangedAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotLooked(exception);
            }
        }
    }

    private void OnHint(string subject)
    {
        _hints.Enqueue(subject);
        _hinted.Set();
    }

    private void CloseExpired()
    {
        var now = _time.GetUtcNow().UtcDateTime;
        foreach (var socket in _sockets.All)
            if (socket.User.ExpiresAt <= now)
                _closer.Close(socket, CloseReason.TokenExpired);
    }

    private async Task ReviewHintedAsync(CancellationToken cancellationToken)
    {
        var subjects = new HashSet<Guid>();
        while (_hints.TryDequeue(out var hint))
            if (hint.Split(':') is ["session" or "user", var text] && Guid.TryParse(text, out var id))
                subjects.Add(id);
        await ReviewAsync(subjects, cancellationToken);
    }

    private async Task ReviewChangedAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            select id from sessions where revoked_at > @since
            union all
            select id from users where rights_changed_at > @since
            """;

        var now = _time.GetUtcNow().UtcDateTime;
        await using (var connection = await _db.OpenConnectionAsync(cancellationToken))
        {
            var changed = await connection.QueryAsync<Guid>(
                new CommandDefinition(Sql, new { since = _checkedAt - Overlap }, cancellationToken: cancellationToken));
            await ReviewAsync([.. changed], cancellationToken);
        }
        _checkedAt = now;
        _nextCheck = _time.GetTimestamp() + (long)(_pause.TotalSeconds * _time.TimestampFrequency);
    }

    private async Task ReviewAsync(HashSet<Guid> subjects, CancellationToken cancellationToken)
    {
        if (subjects.Count == 0) return;
        foreach (var socket in _sockets.All)
        {
            var user = socket.User;
            if (!subjects.Contains(user.SessionId) && !subjects.Contains(user.UserId)) continue;
            var caller = new Caller(user.UserId, user.OrganizationId, user.Role, user.SessionId);
            if (await _admission.AdmitAsync(caller, user.ExpiresAt, cancellationToken) is { } now) socket.Review(user, now);
            else _closer.Close(socket, CloseReason.SessionOver);
        }
    }

    [LoggerMessage(2041, LogLevel.Warning, "Sessions and rights could not be read")]
    private partial void LogNotLooked(Exception exception);
}
