using System.Diagnostics;
using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Jobs;
using PyTake.Nodes;
using PyTake.Telemetry;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Processes webhook items: one transaction takes items of all signalled partitions, applies them and commits. There is one worker per node,
/// because the cost is PostgreSQL's work per transaction (infra/bench).
/// </summary>
internal sealed partial class PartitionWorker(
    ConversationStreams streams, WebhookProcessor processor, WebhookQueue queue, PartitionSignals partitions, IsolatedPartitions isolated, FailedItems failed, WebhookMetrics metrics,
    TimeProvider time, IOptions<WebhookOptions> options, ILogger<PartitionWorker> logger)
    : IPump
{
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan HeldByAnother = TimeSpan.FromMilliseconds(10);
    private const string Taken = "taken";
    private readonly WebhookOptions _options = options.Value;
    private bool _isBehind;

    /// <inheritdoc/>
    public string Name => "webhooks";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var isFailing = false;
        partitions.Set(Partitions.All);
        try
        {
            while (true)
            {
                var signalled = isolated.Without(await partitions.TakeAsync(stoppingToken));
                if (signalled.Length == 0) continue;
                try
                {
                    var batch = ProcessBatchAsync(signalled, stoppingToken);
                    if (!await isolated.IsDoneSoonAsync(batch, signalled, stoppingToken)) continue;
                    var taken = await batch;
                    isFailing = false;
                    if (taken >= _options.LargeBatch) await Task.Delay(_options.WorkerBatchWindowMs, stoppingToken);
                }
                catch (Exception exception)
                {
                    // The node stops, the database is down, or a lock was lost: nothing was committed, so all of it is retried. No exception may
                    // end the node's only worker.
                    partitions.Set(PartitionSignals.Bits(signalled));
                    stoppingToken.ThrowIfCancellationRequested();
                    if (!isFailing) LogAway(exception);
                    isFailing = true;
                    await Task.Delay(BackOff, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await isolated.EndAsync();
            partitions.GiveBack();
        }
    }

    /// <summary>
    /// Runs one transaction over the signalled partitions, and signals them again if more items may be waiting. If it fails, its partitions are
    /// isolated, which this does not wait for.
    /// </summary>
    /// <returns>How many items it took.</returns>
    public async Task<int> ProcessBatchAsync(short[] signalled, CancellationToken cancellationToken)
    {
        WebhookItem[] items;
        await using (var transaction = await streams.BeginAsync(cancellationToken))
        {
            (var locked, items) = await queue.TakeAsync(transaction.Connection, transaction.Transaction, signalled, _isBehind, cancellationToken);
            // A partition that another transaction has locked may get an item that its snapshot does not contain.
            if (locked.Length < signalled.Length) partitions.SetLater(PartitionSignals.Bits(signalled.Except(locked)), HeldByAnother);
            _isBehind = MayBeMore(items);
            if (items.Length == 0) return 0;
            using var span = WebhookTrace.Batch(items);
            if (_isBehind) partitions.Set(PartitionSignals.Bits(locked));
            if (await TryTogetherAsync(transaction, items, cancellationToken)) return items.Length;
        }
        foreach (var partition in items.GroupBy(item => item.Partition))
        {
            long[] ids = [.. partition.Select(item => item.Id)];
            isolated.Begin(partition.Key, () => IsolatedAsync(partition.Key, ids, cancellationToken), cancellationToken);
        }
        return items.Length;
    }

    /// <summary>Retries an item that was deferred because it failed, in a transaction of its own, as soon as its partition is free.</summary>
    public Task RetryAsync(long itemId, CancellationToken cancellationToken) => RetryAsync(itemId, onlyDue: false, cancellationToken);

    /// <summary>The same for all due items, unless another node has retried them by the time their partition is free.</summary>
    /// <param name="headStart">How long after an item is due it is left to its job.</param>
    public async Task RetryDueAsync(TimeSpan headStart, CancellationToken cancellationToken)
    {
        foreach (var itemId in await queue.DueFailuresAsync(headStart, cancellationToken)) await RetryAsync(itemId, onlyDue: true, cancellationToken);
    }

    private Task RetryAsync(long itemId, bool onlyDue, CancellationToken cancellationToken)
    {
        Task<WebhookItem?> TakeAsync(StreamTransaction transaction) =>
            queue.TakeFailedAsync(transaction.Connection, transaction.Transaction, itemId, onlyDue, cancellationToken);
        return AloneAsync(TakeAsync, isRetry: true, cancellationToken);
    }

    // If the batch is full, by number or by bytes, or if a share of a fairly taken batch is full.
    private bool MayBeMore(WebhookItem[] items)
    {
        if (items.Length == _options.BatchSize || items.Sum(item => (long)item.Payload.Length) >= _options.BatchBytes) return true;
        if (!_isBehind || items.Length == 0) return false;
        var shares = items.CountBy(item => (item.Partition, item.PhoneNumberId)).ToArray();
        return shares.Max(share => share.Value) >= Math.Max(1, _options.BatchSize / shares.Length);
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

    // The partition's items are tried together first, and one by one only if that fails, because most of a batch has nothing to do with the
    // failure. Between two transactions another node may lock the partition and process its items.
    private async Task IsolatedAsync(short partition, long[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length > 1 && await TryPartitionAsync(partition, ids, cancellationToken)) return;
        foreach (var id in ids) await AloneAsync(transaction => TakeOneAsync(transaction, partition, id, cancellationToken), isRetry: false, cancellationToken);
    }

    private async Task<bool> TryPartitionAsync(short partition, long[] ids, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(cancellationToken);
        var items = await queue.TakeAsync(transaction.Connection, transaction.Transaction, partition, ids, isFirst: true, cancellationToken);
        return items.Length == 0 || await TryTogetherAsync(transaction, items, cancellationToken);
    }

    private async Task<WebhookItem?> TakeOneAsync(StreamTransaction transaction, short partition, long id, CancellationToken cancellationToken)
        => await queue.TakeAsync(transaction.Connection, transaction.Transaction, partition, [id], isFirst: false, cancellationToken) is [var item] ? item : null;

    // One item in a transaction of its own, so that its failure affects no other. A failure before the item was taken, for example because the
    // database hangs for longer than the statement timeout, is not the item's fault.
    private async Task AloneAsync(Func<StreamTransaction, Task<WebhookItem?>> take, bool isRetry, CancellationToken cancellationToken)
    {
        var isTaken = false;
        async Task<WebhookItem?> TakeAsync(StreamTransaction transaction)
        {
            isTaken = false;
            var item = await take(transaction);
            isTaken = true;
            return item;
        }
        try
        {
            for (var raced = 0; !await TryAloneAsync(TakeAsync, isRetry, giveUp: raced == 5, cancellationToken); raced++) { }
        }
        catch (Exception exception) when (isTaken && !IsOutage(exception, cancellationToken))
        {
            // Its transaction is lost, so the item is taken again.
            await using var transaction = await streams.BeginAsync(cancellationToken);
            if (await take(transaction) is { } item) await DeferAsync(transaction, item, transaction.Now, exception, cancellationToken);
        }
    }

    private async Task<bool> TryAloneAsync(Func<StreamTransaction, Task<WebhookItem?>> take, bool isRetry, bool giveUp, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(cancellationToken);
        if (await take(transaction) is not { } taken) return true;
        using var span = isRetry ? Tracing.Continue("retry webhook item", ActivityKind.Consumer, Tracing.Read(taken.TraceParent)) : null;
        var begun = time.GetTimestamp();
        await transaction.Transaction.SaveAsync(Taken, cancellationToken);
        try
        {
            await processor.ApplyAsync(transaction, [taken], alone: true, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (RacedException) when (!giveUp)
        {
            return false;
        }
        catch (Exception exception) when (exception is not RacedException && !IsOutage(exception, cancellationToken))
        {
            // Under the same lock, so that no transaction waiting for it tries the item as well.
            await transaction.Transaction.RollbackAsync(Taken, cancellationToken);
            await DeferAsync(transaction, taken, transaction.Now + time.GetElapsedTime(begun), exception, cancellationToken);
            return true;
        }
        metrics.Processed([taken], time.UtcNow());
        WebhookTrace.End([taken]);
        return true;
    }

    private async Task DeferAsync(StreamTransaction transaction, WebhookItem item, DateTime now, Exception exception, CancellationToken cancellationToken)
    {
        var attempts = item.Attempts + 1;
        var dead = attempts >= _options.MaxAttempts;
        var pause = TimeSpan.FromSeconds(Math.Min(3600, _options.RetrySeconds * Math.Pow(2, item.Attempts)));
        var deferred = new DeferredItem(item, dead ? DeferredItem.Dead : DeferredItem.Retry, $"{exception.GetType().Name}: {exception.Message}", null,
            dead ? null : now + pause, dead ? now + TimeSpan.FromDays(_options.DeferredDays) : null);
        await WebhookQueue.DeferAsync(transaction.Connection, transaction.Transaction, [deferred], cancellationToken);
        // Commits only the deferral, not the changes that the stream transaction has collected.
        await transaction.Transaction.CommitAsync(cancellationToken);
        LogFailed(exception, item.Id, attempts, deferred.State);
        metrics.Deferred(deferred.State);
        failed.Tell(item.Id);
        WebhookTrace.Failed(item, exception, deferred.State);
    }

    // Failures that are not the item's fault: a deadlock, a lost connection, a server that stops, a database that is full or refuses connections.
    // A statement timeout is the item's fault, because other statements of the same transaction did not time out.
    private static bool IsOutage(Exception exception, CancellationToken cancellationToken)
        => exception is OperationCanceledException ? cancellationToken.IsCancellationRequested : Outage.Is(exception);

    [LoggerMessage(3010, LogLevel.Warning, "Webhook items wait: their effect could not be committed")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(3011, LogLevel.Information, "A batch of {Count} items failed and is retried in parts")]
    private partial void LogSplit(Exception exception, int count);

    [LoggerMessage(3012, LogLevel.Error, "Webhook item {ItemId} failed, attempt {Attempt}, now {State}")]
    private partial void LogFailed(Exception exception, long itemId, int attempt, string state);
}
