using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Database;
using PyTake.Jobs;
using PyTake.Nodes;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Sends read receipts to customers. They are best effort: a few attempts, in no order, and messages never wait for them.</summary>
internal sealed partial class ReadReceiptWorker(
    ReadReceiptStore store, GraphClient graph, SecretBox secrets, SendPolicy policy, IOptions<OutboundOptions> options,
    TimeProvider time, ILogger<ReadReceiptWorker> logger) : IPump
{
    private const int AtATime = 8;
    private const int MostUnderWay = 32;

    private readonly Signal _wakeUp = new();
    private readonly ConcurrentQueue<FinishedReceipt> _finished = [];
    private readonly List<FinishedReceipt> _unwritten = [];
    private readonly Dictionary<Guid, int> _underWay = [];

    /// <inheritdoc/>
    public string Name => "read receipts";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FinishAsync(stoppingToken);
                if (!await TakeAsync(stoppingToken)) await _wakeUp.WaitAsync(options.Value.SweepInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception exception)
            {
                LogFailed(exception);
                await Task.Delay(options.Value.SweepInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>Whether there may be more right now.</returns>
    private async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        var room = Math.Min(AtATime, MostUnderWay - _underWay.Values.Sum());
        if (room <= 0) return false;

        // A number whose requests are slow must not take all slots.
        var busy = _underWay.Where(n => n.Value >= AtATime).Select(n => n.Key).ToArray();
        var receipts = await store.ClaimAsync(busy, room, time.UtcNow() + options.Value.WholeLease, cancellationToken);
        foreach (var receipt in receipts)
        {
            _underWay[receipt.WhatsappNumberId] = _underWay.GetValueOrDefault(receipt.WhatsappNumberId) + 1;
            // Not cancelled: a slot is only freed by a result.
            _ = Task.Run(() => ShowAsync(receipt), CancellationToken.None);
        }
        return receipts.Count > 0;
    }

    private async Task ShowAsync(ReadReceipt receipt)
    {
        var answer = await RequestAsync(receipt);
        _finished.Enqueue(new FinishedReceipt(receipt, AgainAt(receipt, answer)));
        _wakeUp.Set();
    }

    private async Task<GraphAnswer> RequestAsync(ReadReceipt receipt)
    {
        try
        {
            return secrets.TryOpen(receipt.AccessToken, NumberStore.PlaceOf(receipt.WhatsappNumberId), out var token)
                ? await graph.MarkReadAsync(receipt.PhoneNumberId, token, receipt.WhatsappMessageId, CancellationToken.None)
                : new GraphAnswer.NotSent("The stored access token cannot be decrypted");
        }
        catch (Exception exception)
        {
            // A bug. The task is not awaited, and a receipt without a result would keep its slot until the node stops.
            LogNotAsked(exception, receipt.ConversationId);
            return new GraphAnswer.NotSent(exception.Message);
        }
    }

    private DateTime? AgainAt(ReadReceipt receipt, GraphAnswer answer)
    {
        if (answer is GraphAnswer.Accepted) return null;
        if (receipt.Attempts < options.Value.ReceiptAttempts && MayHelp(answer)) return time.UtcNow() + policy.RetryDelay(receipt.Attempts);
        LogGivenUp(
            receipt.ConversationId,
            answer is GraphAnswer.Refused refused ? $"Meta's error {refused.Error.Code} [{refused.Error.TraceId}]" : answer.GetType().Name);
        return null;
    }

    private static bool MayHelp(GraphAnswer answer)
        => answer is not GraphAnswer.Refused refused
            || GraphErrors.Classify(refused.HttpStatus, refused.Error.Code, refused.Error.Subcode)
                is GraphErrorClass.Throttle or GraphErrorClass.Transient or GraphErrorClass.Credentials or GraphErrorClass.Unknown;

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (_finished.TryDequeue(out var finished))
        {
            _unwritten.Add(finished);
            var number = finished.Receipt.WhatsappNumberId;
            if (--_underWay[number] == 0) _underWay.Remove(number);
        }
        if (_unwritten.Count == 0) return;
        await store.FinishAsync(_unwritten, cancellationToken);
        _unwritten.Clear();
    }

    [LoggerMessage(6231, LogLevel.Error, "Sending read receipts failed; it will be tried again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(6233, LogLevel.Error, "The read receipt of conversation {ConversationId} could not be sent")]
    private partial void LogNotAsked(Exception exception, Guid conversationId);

    [LoggerMessage(6232, LogLevel.Warning, "The read receipt of conversation {ConversationId} was given up: {Reason}")]
    private partial void LogGivenUp(Guid conversationId, string reason);
}
