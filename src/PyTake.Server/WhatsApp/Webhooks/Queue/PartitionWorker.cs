using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Jobs;
using PyTake.Nodes;
using PyTake.Telemetry;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Processes webhook items: one transaction takes what has just arrived and the stored items of all signalled partitions, applies them and commits.
/// What arrived for a partition that another transaction has locked is tried again soon. There is one worker per node, because the cost is
/// PostgreSQL's work per transaction (infra/bench).
/// </summary>
internal sealed partial class PartitionWorker(
    ConversationStreams streams, WebhookProcessor processor, Arrivals arrivals, WebhookQueue queue, DeferredItems deferred, PartitionSignals partitions,
    IsolatedPartitions isolated, FailedItems failed, WebhookMetrics metrics, TimeProvider time, IOptions<WebhookOptions> options, ILogger<PartitionWorker> logger)
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
        using var attached = arrivals.Attach(partitions.Wake);
        partitions.Set(Partitions.All);
        try
        {
            while (true)
            {
                var signalled = isolated.Without(await partitions.TakeAsync(stoppingToken));
                var arrived = ClaimFew();
                if (signalled.Length == 0 && arrived is null) continue;
                try
                {
                    var batch = ProcessBatchAsync(signalled, arrived, stoppingToken);
                    if (!await isolated.IsDoneSoonAsync(batch, PartitionsOf(signalled, arrived), stoppingToken)) continue;
                    var taken = await batch;
                    isFailing = false;
                    arrivals.IsCrowded = taken >= _options.LargeBatch;
                    if (arrivals.IsCrowded) await Task.Delay(_options.WorkerBatchWindowMs, stoppingToken);
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

    // Many at once are cheaper to store, and to process in large batches.
    private Arrivals.Claim? ClaimFew()
    {
        if (arrivals.TryClaim(_options.BatchSize, _options.BatchBytes) is not { } claim) return null;
        if (claim.Items.Length < _options.LargeBatch) return claim;
        arrivals.IsCrowded = true;
        claim.Release();
        return null;
    }

    /// <summary>
    /// Runs one transaction over the signalled partitions and what arrived, and signals partitions again if more items may be waiting. If it fails,
    /// the partitions of stored items are isolated, which this does not wait for, and what arrived is stored.
    /// </summary>
    /// <returns>How many items it took.</returns>
    public async Task<int> ProcessBatchAsync(short[] signalled, Arrivals.Claim? arrived, CancellationToken cancellationToken)
    {
        try
        {
            var all = PartitionsOf(signalled, arrived);
            if (arrived is not null && signalled.Length == 0 && await TryDirectlyAsync(all, arrived, cancellationToken)) return arrived.Items.Length;
            return await ProcessStoredAsync(all, arrived, cancellationToken);
        }
        finally
        {
            arrived?.Release();
        }
    }

    /// <summary>Applies what arrived with two round trips, provided that nothing is stored for its partitions, which would come first.</summary>
    /// <returns>False if something is.</returns>
    private async Task<bool> TryDirectlyAsync(short[] toLock, Arrivals.Claim arrived, CancellationToken cancellationToken)
    {
        var hasStored = false;
        await using var transaction = await streams.BeginAsync(cancellationToken);
        await TryAsync(arrived.Items, async () =>
        {
            await using var commands = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
            queue.AddLock(commands, toLock);
            var lookup = CustomerLookup.AddLock(commands, arrived.Items);
            short[] locked;
            await using (var reader = await commands.ExecuteReaderAsync(cancellationToken))
            {
                (locked, hasStored) = await WebhookQueue.ReadLockAsync(reader, cancellationToken);
                if (hasStored) return false;
                await lookup.ReadLockAsync(reader, transaction, cancellationToken);
            }
            var batch = Batch.Of([], arrived, locked, isolated);
            if (batch.IsEmpty) return Leave(batch);
            using var span = WebhookTrace.Batch(batch.Items);
            return await ApplyAsync(transaction, batch, lookup, cancellationToken);
        }, cancellationToken);
        return !hasStored;
    }

    private async Task<int> ProcessStoredAsync(short[] signalled, Arrivals.Claim? arrived, CancellationToken cancellationToken)
    {
        WebhookItem[] stored;
        await using (var transaction = await streams.BeginAsync(cancellationToken))
        {
            (var locked, stored) = await queue.TakeAsync(transaction.Connection, transaction.Transaction, signalled, _isBehind, cancellationToken);
            // A partition that another transaction has locked may get an item that its snapshot does not contain.
            if (locked.Length < signalled.Length) partitions.SetLater(PartitionSignals.Bits(signalled.Except(locked)), HeldByAnother);
            _isBehind = MayBeMore(stored);
            if (_isBehind) partitions.Set(PartitionSignals.Bits(locked));
            var batch = Batch.Of(stored, arrived, locked, isolated, _isBehind);
            if (batch.IsEmpty && Leave(batch)) return 0;
            using var span = WebhookTrace.Batch(batch.Items);
            if (await TryTogetherAsync(transaction, batch, cancellationToken)) return batch.Items.Length;
        }
        foreach (var partition in stored.GroupBy(item => item.Partition))
        {
            long[] ids = [.. partition.Select(item => item.Id!.Value)];
            isolated.Begin(partition.Key, () => IsolatedAsync(partition.Key, ids, cancellationToken), cancellationToken);
        }
        return stored.Length;
    }

    // All of its partitions are locked by other transactions.
    private static bool Leave(Batch batch)
    {
        batch.Arrived?.Acknowledge(batch.Left);
        return true;
    }

    private short[] PartitionsOf(short[] signalled, Arrivals.Claim? arrived)
        => arrived is null ? signalled : [.. signalled.Union(isolated.Without([.. arrived.Items.Select(item => item.Partition).Distinct()]))];

    /// <summary>Retries an item that was deferred because it failed, in a transaction of its own, as soon as its partition is free.</summary>
    public Task RetryAsync(long itemId, CancellationToken cancellationToken) => RetryAsync(itemId, onlyDue: false, cancellationToken);

    /// <summary>The same for all due items, unless another node has retried them by the time their partition is free.</summary>
    /// <param name="headStart">How long after an item is due it is left to its job.</param>
    public async Task RetryDueAsync(TimeSpan headStart, CancellationToken cancellationToken)
    {
        foreach (var itemId in await deferred.DueFailuresAsync(headStart, cancellationToken)) await RetryAsync(itemId, onlyDue: true, cancellationToken);
    }

    private Task RetryAsync(long itemId, bool onlyDue, CancellationToken cancellationToken)
    {
        Task<WebhookItem?> TakeAsync(StreamTransaction transaction) =>
            deferred.TakeFailedAsync(transaction.Connection, transaction.Transaction, itemId, onlyDue, cancellationToken);
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

    private Task<bool> TryTogetherAsync(StreamTransaction transaction, Batch batch, CancellationToken cancellationToken) => TryAsync(batch.Items, async () =>
    {
        var lookup = await CustomerLookup.LockAsync(transaction, batch.Items, cancellationToken);
        return await ApplyAsync(transaction, batch, lookup, cancellationToken);
    }, cancellationToken);

    // False if the items have to be processed in another way, because some of them failed or must not share a transaction.
    private async Task<bool> TryAsync(WebhookItem[] items, Func<Task<bool>> apply, CancellationToken cancellationToken)
    {
        try
        {
            return await apply();
        }
        catch (Exception exception) when (!IsOutage(exception, cancellationToken))
        {
            LogSplit(exception, items.Length);
            return false;
        }
    }

    private async Task<bool> ApplyAsync(StreamTransaction transaction, Batch batch, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        if (!await processor.ApplyAsync(transaction, batch.Items, lookup, cancellationToken)) return false;
        if (batch.ToStore.Length > 0) transaction.AddStatement(WebhookQueue.Insert(batch.ToStore));
        if (batch.Arrived?.TryBeginCommit() == false)
        {
            // It took too long, and what arrived is being stored: all of it is applied from there.
            partitions.Set(PartitionSignals.Bits(batch.Items.Select(item => item.Partition)));
            return true;
        }
        await transaction.CommitAsync(cancellationToken);
        batch.Arrived?.Acknowledge(batch.Left);
        partitions.Stored(PartitionSignals.Bits(batch.ToStore.Select(item => item.Partition)));
        var now = time.UtcNow();
        metrics.Processed(batch.Items, now);
        metrics.Acknowledged(batch.Items.Where(item => item.Id is null), batch.ToStore, now);
        WebhookTrace.End(batch.Items);
        return true;
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
        return items.Length == 0 || await TryTogetherAsync(transaction, Batch.Of(items, null, [], isolated), cancellationToken);
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
            await processor.ApplyAsync(transaction, taken, cancellationToken);
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
        var failure = new DeferredItem(item, dead ? DeferredItem.Dead : DeferredItem.Retry, $"{exception.GetType().Name}: {exception.Message}", null,
            dead ? null : now + pause, dead ? now + TimeSpan.FromDays(_options.DeferredDays) : null);
        await DeferredItems.InsertAsync(transaction.Connection, transaction.Transaction, [failure], cancellationToken);
        // Commits only the deferral, not the changes that the stream transaction has collected.
        await transaction.Transaction.CommitAsync(cancellationToken);
        LogFailed(exception, item.Id!.Value, attempts, failure.State);
        metrics.Deferred(failure.State);
        failed.Notify(item.Id.Value);
        WebhookTrace.Failed(item, exception, failure.State);
    }

    // Failures that are not the item's fault: a deadlock, a lost connection, a server that stops, a database that is full or refuses connections.
    // A statement timeout is the item's fault, because other statements of the same transaction did not time out.
    private static bool IsOutage(Exception exception, CancellationToken cancellationToken)
        => exception is OperationCanceledException ? cancellationToken.IsCancellationRequested : Outage.Is(exception);

    /// <summary>What one transaction does.</summary>
    /// <param name="Items">Are applied: stored ones first.</param>
    /// <param name="ToStore">Have arrived, and something stands in their way for longer: their partition is isolated, or has more stored items.</param>
    /// <param name="Left">Partitions that another transaction has locked, whose items are tried again soon.</param>
    /// <param name="Arrived">What is acknowledged by the commit, except for what is left.</param>
    private readonly record struct Batch(WebhookItem[] Items, WebhookItem[] ToStore, short[] Left, Arrivals.Claim? Arrived)
    {
        public bool IsEmpty => Items.Length + ToStore.Length == 0;

        public static Batch Of(WebhookItem[] stored, Arrivals.Claim? arrived, short[] locked, IsolatedPartitions isolated, bool isBehind = false)
        {
            if (arrived is null) return new(stored, [], [], null);
            short[] partitions = [.. arrived.Items.Select(item => item.Partition).Distinct()];
            var applied = isBehind ? [] : locked;
            short[] left = [.. isolated.Without(partitions).Except(locked)];
            return new(
                [.. stored, .. arrived.Items.Where(item => applied.Contains(item.Partition))],
                Array.FindAll(arrived.Items, item => !applied.Contains(item.Partition) && !left.Contains(item.Partition)), left, arrived);
        }
    }

    [LoggerMessage(3010, LogLevel.Warning, "Webhook items wait: their effect could not be committed")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(3011, LogLevel.Information, "A batch of {Count} items failed and is retried in parts")]
    private partial void LogSplit(Exception exception, int count);

    [LoggerMessage(3012, LogLevel.Error, "Webhook item {ItemId} failed, attempt {Attempt}, now {State}")]
    private partial void LogFailed(Exception exception, long itemId, int attempt, string state);
}
