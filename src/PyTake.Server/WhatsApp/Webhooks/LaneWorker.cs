using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Jobs;
using PyTake.Operations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Works on the lanes that have items: one transaction takes all signalled lanes, writes their effect and commits. One worker a node,
/// because PostgreSQL's work per transaction is what costs (infra/bench).
/// </summary>
internal sealed partial class LaneWorker(
    ConversationStreams streams, WebhookProcessor processor, WebhookQueue queue, LaneSignals lanes, FailedItems failed, WebhookMetrics metrics,
    TimeProvider time, IOptions<WebhookOptions> options, ILogger<LaneWorker> logger)
    : IDrain
{
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan HeldByAnother = TimeSpan.FromMilliseconds(10);
    private readonly WebhookOptions _options = options.Value;

    /// <inheritdoc/>
    public event Action? Signalled
    {
        add => lanes.Signalled += value;
        remove => lanes.Signalled -= value;
    }

    /// <inheritdoc/>
    public string Name => "webhook lanes";

    /// <inheritdoc/>
    public string Queue => Queues.Webhooks;

    /// <inheritdoc/>
    public bool HasWork => lanes.HasWork;

    /// <inheritdoc/>
    public async Task RunAsync(TimeSpan linger, CancellationToken stoppingToken)
    {
        var away = false;
        lanes.Set(Lanes.All);
        try
        {
            while (await lanes.TakeAsync(linger, stoppingToken) is { } signalled)
            {
                try
                {
                    var taken = await DrainAsync(signalled, stoppingToken);
                    away = false;
                    if (taken >= _options.LargeBatch) await Task.Delay(_options.WorkerLingerMs, stoppingToken);
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    // The database is away, or a lock was lost: nothing happened, so all of it is done again. Whatever it is, it must
                    // not end the node's only worker.
                    if (!away) LogAway(exception);
                    away = true;
                    lanes.Set(LaneSignals.Bits(signalled));
                    await Task.Delay(BackOff, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>One transaction over the signalled lanes; signals them again where more may wait.</summary>
    /// <returns>How many items it took.</returns>
    public async Task<int> DrainAsync(short[] signalled, CancellationToken cancellationToken)
    {
        WebhookItem[] items;
        await using (var transaction = await streams.BeginAsync(cancellationToken))
        {
            (var locked, items) = await WebhookQueue.TakeAsync(
                transaction.Connection, transaction.Transaction, signalled, _options.BatchSize, cancellationToken);
            // A lane that another holds may get an item its holder's snapshot does not see.
            if (locked.Length < signalled.Length) lanes.SetLater(LaneSignals.Bits(signalled.Except(locked)), HeldByAnother);
            if (items.Length == 0) return 0;
            using var span = WebhookTrace.Batch(items);
            if (items.Length == _options.BatchSize) lanes.Set(LaneSignals.Bits(locked));
            if (await TryTogetherAsync(transaction, items, cancellationToken)) return items.Length;
        }
        foreach (var item in items) await AloneAsync(item, cancellationToken);
        return items.Length;
    }

    /// <summary>
    /// Another attempt at an item that was set aside because it failed, at once and alone. Where its lane is held, the holder makes it.
    /// </summary>
    public async Task RetryAsync(long itemId, CancellationToken cancellationToken)
    {
        if (await queue.RequeueAsync(itemId, cancellationToken) is not { } item) return;
        using var span = Tracing.Continue("retry webhook item", ActivityKind.Consumer, Tracing.Read(item.TraceParent));
        await AloneAsync(item, cancellationToken);
    }

    private async Task<bool> TryTogetherAsync(StreamTransaction transaction, WebhookItem[] items, CancellationToken cancellationToken)
    {
        try
        {
            if (!await processor.ApplyAsync(transaction, items, alone: false, cancellationToken)) return false;
            await transaction.CommitAsync(cancellationToken);
            metrics.Processed(items, time.UtcNow());
            WebhookTrace.End(items);
            return true;
        }
        catch (Exception exception) when (!IsOutage(exception, cancellationToken))
        {
            LogSplit(exception, items.Length);
            return false;
        }
    }

    // One item in a transaction of its own: what fails here fails for no other.
    private async Task AloneAsync(WebhookItem item, CancellationToken cancellationToken)
    {
        try
        {
            for (var raced = 0; !await TryAloneAsync(item, giveUp: raced == 5, cancellationToken); raced++) { }
        }
        catch (Exception exception) when (!IsOutage(exception, cancellationToken))
        {
            await SetAsideAsync(item, exception, cancellationToken);
        }
    }

    private async Task<bool> TryAloneAsync(WebhookItem item, bool giveUp, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(cancellationToken);
        if (await TakeAgainAsync(transaction, item, cancellationToken) is not { } taken) return true;
        try
        {
            await processor.ApplyAsync(transaction, [taken], alone: true, cancellationToken);
        }
        catch (RacedException) when (!giveUp)
        {
            return false;
        }
        await transaction.CommitAsync(cancellationToken);
        metrics.Processed([taken], time.UtcNow());
        WebhookTrace.End([taken]);
        return true;
    }

    private async Task SetAsideAsync(WebhookItem item, Exception exception, CancellationToken cancellationToken)
    {
        var attempts = item.Attempts + 1;
        var dead = attempts >= _options.MaxAttempts;
        var pause = TimeSpan.FromSeconds(Math.Min(3600, _options.RetrySeconds * Math.Pow(2, item.Attempts)));
        LogFailed(exception, item.Id, attempts, dead ? SetAside.Dead : SetAside.Retry);

        await using var transaction = await streams.BeginAsync(cancellationToken);
        if (await TakeAgainAsync(transaction, item, cancellationToken) is not { } taken) return;
        var aside = new SetAside(taken, dead ? SetAside.Dead : SetAside.Retry, $"{exception.GetType().Name}: {exception.Message}", null,
            dead ? null : transaction.Now + pause, dead ? transaction.Now + TimeSpan.FromDays(_options.SetAsideDays) : null);
        await WebhookQueue.SetAsideAsync(transaction.Connection, transaction.Transaction, [aside], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        metrics.SetAside(aside.State);
        failed.Tell(item.Id);
        WebhookTrace.Failed(taken, exception, aside.State);
    }

    private async Task<WebhookItem?> TakeAgainAsync(StreamTransaction transaction, WebhookItem item, CancellationToken cancellationToken)
    {
        if (await WebhookQueue.LockAsync(transaction.Connection, transaction.Transaction, item.Lane, cancellationToken))
            return await WebhookQueue.TakeOneAsync(transaction.Connection, transaction.Transaction, item.Id, cancellationToken);
        lanes.SetLater(LaneSignals.Bits([item.Lane]), HeldByAnother);
        return null;
    }

    // The item is not to blame: a deadlock, a lost connection, a server that stops, a database that is full or refuses connections.
    private static bool IsOutage(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException => cancellationToken.IsCancellationRequested,
        PostgresException postgres => postgres.SqlState is "40001" or "40P01" or "55P03" || postgres.SqlState[..2] is "08" or "53" or "57" or "58",
        NpgsqlException or InvalidOperationException { Source: "Npgsql" } => true,
        _ => false,
    };

    [LoggerMessage(3010, LogLevel.Warning, "Webhook items wait: the database did not take their effect")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(3011, LogLevel.Information, "A batch of {Count} items is done one by one")]
    private partial void LogSplit(Exception exception, int count);

    [LoggerMessage(3012, LogLevel.Error, "Webhook item {ItemId} failed, attempt {Attempt}, now {State}")]
    private partial void LogFailed(Exception exception, long itemId, int attempt, string state);
}
