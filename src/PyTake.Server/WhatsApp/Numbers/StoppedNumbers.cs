using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Numbers;

/// <summary>
/// The numbers that may not send, in memory, so that a message that will wait says so at once. It follows the nodes' hints and reads the database
/// every minute, because a hint may be lost; the sender itself asks the database.
/// </summary>
public sealed class StoppedNumbers : NodeService
{
    private static readonly TimeSpan BetweenReads = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource _db;
    private readonly Signal _outdated = new();
    private ConcurrentDictionary<Guid, NumberSending> _stopped = [];

    /// <summary>One instance per node.</summary>
    public StoppedNumbers(NpgsqlDataSource db, NodeBus bus, Supervisor supervisor) : base(supervisor)
    {
        _db = db;
        bus.Subscribe(NumberSending.Topic, OnHint);
        bus.Restored += _outdated.Set;
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [FollowAsync];

    /// <summary>Why a number does not send; null if it does.</summary>
    public NumberSending? Find(Guid whatsappNumberId) => _stopped.GetValueOrDefault(whatsappNumberId);

    private void OnHint(string hint)
    {
        var number = NumberSending.Of(hint);
        if (number.SendingStoppedAt is null) _stopped.TryRemove(number.WhatsappNumberId, out _);
        else _stopped[number.WhatsappNumberId] = number;
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            _stopped = new((await ReadAsync(stoppingToken)).ToDictionary(number => number.WhatsappNumberId));
            await _outdated.WaitAsync(BetweenReads, stoppingToken);
        }
    }

    private async Task<IEnumerable<NumberSending>> ReadAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            select organization_id, id as whatsapp_number_id, sending_stopped_at, sending_stopped_code, sending_stopped_reason
            from whatsapp_numbers
            where sending_stopped_at is not null
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        return await connection.QueryAsync<NumberSending>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
    }
}
