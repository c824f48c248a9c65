using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Stores webhooks durably before they are answered. One writer per node stores everything that arrived during its last commit with one insert
/// and one commit: a synced write costs the disk milliseconds, so requests share it.
/// </summary>
internal sealed partial class WebhookIntake(
    NpgsqlDataSource db, PartitionSignals partitions, WebhookMetrics metrics, TimeProvider time, IOptions<WebhookOptions> options, Supervisor supervisor,
    ILogger<WebhookIntake> logger) : NodeService(supervisor)
{
    private const int MaxItems = 4000, MaxBytes = 32 << 20;

    // An idle writer continues on the request's thread, which saves a thread switch.
    private readonly Channel<Delivery> _deliveries = Channel.CreateBounded<Delivery>(
        new BoundedChannelOptions(10_000) { SingleReader = true, AllowSynchronousContinuations = true });

    /// <summary>Returns when the items are on disk.</summary>
    /// <exception cref="NpgsqlException">They could not be stored, and the sender has to try again.</exception>
    public async Task StoreAsync(IReadOnlyList<NewItem> items, string? traceParent, CancellationToken cancellationToken)
    {
        if (items.Count == 0) return;
        var delivery = new Delivery(items, time.UtcNow(), traceParent);
        await _deliveries.Writer.WriteAsync(delivery, cancellationToken);
        await delivery.Stored.Task;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _deliveries.Writer.TryComplete();
        while (_deliveries.Reader.TryRead(out var delivery)) await StoreTogetherAsync([delivery]);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [StoreAsync];

    private async Task StoreAsync(CancellationToken stoppingToken)
    {
        var deliveries = new List<Delivery>();
        var batchWindow = TimeSpan.FromMilliseconds(options.Value.IntakeBatchWindowMs);
        while (await _deliveries.Reader.WaitToReadAsync(stoppingToken))
        {
            if (deliveries.Count >= options.Value.LargeBatch && batchWindow > TimeSpan.Zero) await Task.Delay(batchWindow, stoppingToken);
            deliveries.Clear();
            TakeTogether(deliveries);
            await StoreTogetherAsync(deliveries);
        }
    }

    private void TakeTogether(List<Delivery> deliveries)
    {
        var (items, bytes) = (0, 0L);
        while (items < MaxItems && bytes < MaxBytes && _deliveries.Reader.TryRead(out var delivery))
        {
            deliveries.Add(delivery);
            items += delivery.Items.Count;
            bytes += delivery.Bytes;
        }
    }

    private async Task StoreTogetherAsync(IReadOnlyList<Delivery> deliveries)
    {
        try
        {
            await InsertAsync(deliveries);
            foreach (var delivery in deliveries) delivery.Stored.TrySetResult();
        }
        catch (PostgresException) when (deliveries.Count > 1)
        {
            // A webhook that PostgreSQL refuses must not fail its neighbours.
            foreach (var delivery in deliveries) await StoreTogetherAsync([delivery]);
        }
        catch (Exception exception)
        {
            LogNotStored(exception, deliveries.Count);
            foreach (var delivery in deliveries) delivery.Stored.TrySetException(exception);
        }
    }

    private async Task InsertAsync(IReadOnlyList<Delivery> deliveries)
    {
        const string Sql = """
            insert into webhook_items (lane, received_at, kind, phone_number_id, trace_parent, payload)
            select lane, received_at, kind, phone_number_id, trace_parent, payload
            from unnest($1, $2, $3, $4, $5, $6) with ordinality
                as i (lane, received_at, kind, phone_number_id, trace_parent, payload, place)
            order by place
            """;

        var rows = deliveries.SelectMany(d => d.Items.Select(item => (Item: item, Delivery: d))).ToArray();
        await using var connection = await db.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection) { Timeout = 10 };
        var command = new NpgsqlBatchCommand(Sql);
        command.Add(NpgsqlDbType.Smallint, rows, r => r.Item.Partition);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Delivery.ReceivedAt);
        command.Add(NpgsqlDbType.Text, rows, r => r.Item.Kind);
        command.Add(NpgsqlDbType.Text, rows, r => r.Item.PhoneNumberId);
        command.Add(NpgsqlDbType.Text, rows, r => r.Delivery.TraceParent);
        command.Add(NpgsqlDbType.Bytea, rows, r => r.Item.Payload);
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();

        metrics.Stored(rows.Length);
        foreach (var delivery in deliveries) metrics.Acknowledged(time.UtcNow() - delivery.ReceivedAt);
        partitions.Stored(PartitionSignals.Bits(rows.Select(r => r.Item.Partition)));
    }

    private sealed record Delivery(IReadOnlyList<NewItem> Items, DateTime ReceivedAt, string? TraceParent)
    {
        public long Bytes { get; } = Items.Sum(item => (long)item.Payload.Length);

        public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(3001, LogLevel.Warning, "{Count} webhooks could not be stored; they are answered with 503")]
    private partial void LogNotStored(Exception exception, int count);
}
