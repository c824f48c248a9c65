using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Files;

/// <summary>
/// Fetches customers' files. One loop claims rows, so many of a number and so many in all, renews the leases of what is under way, and never waits
/// for Meta. A row is the truth: what a dead node was fetching is another's as soon as its lease is over, and only the holder of a claim may write.
/// </summary>
internal sealed partial class DownloadPump(
    DownloadStore store, FetchFile fetch, DownloadSignal signal, ConversationStreams streams, DownloadMetrics metrics, IOptions<DownloadOptions> options,
    TimeProvider time, ILogger<DownloadPump> logger) : IPump
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Download> _underWay = [];
    private DateTime _renewAt;

    /// <inheritdoc/>
    public string Name => "media";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (time.UtcNow() >= _renewAt) await RenewAsync(stoppingToken);
                if (!await ClaimAsync(stopping.Token)) await signal.Pump.WaitAsync(options.Value.SweepInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception exception)
            {
                LogFailed(exception);
                await Task.Delay(PauseAfterFailure, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        // They were cancelled with the pump, and other nodes are to have them at once.
        while (!_underWay.IsEmpty) await signal.Pump.WaitAsync(options.Value.SweepInterval, CancellationToken.None);
    }

    /// <returns>Whether there may be more right now.</returns>
    private async Task<bool> ClaimAsync(CancellationToken cancellationToken)
    {
        var free = options.Value.Concurrent - _underWay.Count;
        if (free <= 0) return false;
        var perNumber = options.Value.ConcurrentPerNumber;
        var room = _underWay.Values.GroupBy(d => d.WhatsappNumberId).ToDictionary(n => n.Key, n => Math.Max(0, perNumber - n.Count()));
        var claimed = await store.ClaimAsync([.. _underWay.Keys], room, perNumber, free, time.UtcNow() + options.Value.Lease, cancellationToken);
        foreach (var download in claimed)
        {
            _underWay[download.MessageId] = download;
            _ = Task.Run(() => FetchAsync(download, cancellationToken), CancellationToken.None);
        }
        return claimed.Count > 0;
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var now = time.UtcNow();
        _renewAt = now + (options.Value.Lease / 3);
        if (_underWay.Values is { Count: > 0 } mine) await store.RenewAsync([.. mine], now + options.Value.Lease, cancellationToken);
    }

    private async Task FetchAsync(Download download, CancellationToken cancellationToken)
    {
        try
        {
            var result = await fetch.RunAsync(download, cancellationToken);
            await WriteAsync(download, result);
            metrics.Attempted(result, time.UtcNow() - download.ReceivedAt);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await GiveBackAsync(download);
        }
        catch (Exception exception)
        {
            // The database is away, or a bug. The lease ends, and the file is fetched again.
            LogNotFetched(exception, download.MessageId);
        }
        finally
        {
            _underWay.TryRemove(download.MessageId, out _);
            signal.Pump.Set();
        }
    }

    // Past the attempt nothing is cancelled: what became of it is to be written.
    private Task WriteAsync(Download download, DownloadResult result) => result switch
    {
        DownloadResult.Wrong wrong when download.Attempts < options.Value.MaxAttempts => AgainAsync(download, wrong.Failure.Words),
        DownloadResult.Away away when download.Attempts < options.Value.MaxAttemptsAway => AgainAsync(download, away.Reason),
        DownloadResult.Waits waits => store.PostponeAsync(
            download, time.UtcNow() + waits.Pause, download.Attempts - 1, waits.Reason, CancellationToken.None),
        DownloadResult.Wrong wrong => EndAsync(download, MediaState.Failed, wrong.Failure),
        DownloadResult.Failed failed => EndAsync(download, MediaState.Failed, failed.Failure),
        DownloadResult.Away => EndAsync(download, MediaState.Failed, DownloadFailure.Unreachable),
        DownloadResult.Expired => EndAsync(download, MediaState.Expired, DownloadFailure.Expired),
        DownloadResult.Over when download.MessageType is null => EndAsync(download, MediaState.Failed, DownloadFailure.NotFound),
        _ => Task.CompletedTask,
    };

    private Task AgainAsync(Download download, string reason)
        => store.PostponeAsync(download, time.UtcNow() + fetch.Pause(download.Attempts), download.Attempts, reason, CancellationToken.None);

    private async Task EndAsync(Download download, string state, DownloadFailure failure)
    {
        await using var transaction = await streams.BeginAsync([download.ConversationId], CancellationToken.None);
        if (!await DownloadStore.EndAsync(transaction, download, CancellationToken.None)) return;
        if (await transaction.LoadAsync([download.MessageId], CancellationToken.None) is [var message]
            && MessageMedia.Of(message.Media) is { State: MediaState.Pending } media)
            transaction.Change(ChangeKind.Updated, message with { Media = (media with { State = state, Error = failure.Words, ErrorCode = failure.Code }).ToJson() });
        await transaction.CommitAsync(CancellationToken.None);
        LogGivenUp(download.MessageId, failure.Code, download.Attempts);
    }

    private async Task GiveBackAsync(Download download)
    {
        try
        {
            await store.PostponeAsync(download, time.UtcNow(), download.Attempts - 1, "Its node has stopped", CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotFetched(exception, download.MessageId);
        }
    }

    [LoggerMessage(6301, LogLevel.Error, "Looking for files to fetch failed; it will be tried again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(6302, LogLevel.Error, "The file of message {MessageId} was not fetched; it will be tried again")]
    private partial void LogNotFetched(Exception exception, Guid messageId);

    [LoggerMessage(6303, LogLevel.Warning, "The file of message {MessageId} was given up: {Code}, after {Attempts} attempts")]
    private partial void LogGivenUp(Guid messageId, string code, int attempts);
}
