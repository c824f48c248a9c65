using System.Threading.Channels;
using Npgsql;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Writes the results of sending. Results that arrive during a commit share the next one; a result is kept until it is written, however long the
/// database is down.
/// </summary>
internal sealed partial class Settler(SettlementWriter writer, TimeProvider time, ILogger<Settler> logger)
{
    private const int Batch = 128;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private Channel<Settlement> _results = NewChannel();

    public void Add(Settlement settlement) => _results.Writer.TryWrite(settlement);

    /// <summary>No more results will come; <see cref="RunAsync"/> ends when the last is written.</summary>
    public void Complete() => _results.Writer.TryComplete();

    /// <summary>Writes results until <see cref="Complete"/>, after which it can be run again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var results = _results = NewChannel();
        var batch = new List<Settlement>(Batch);
        while (await results.Reader.WaitToReadAsync(cancellationToken))
        {
            batch.Clear();
            while (batch.Count < Batch && results.Reader.TryRead(out var settlement)) batch.Add(settlement);
            await WriteUntilDoneAsync(batch, cancellationToken);
        }
    }

    private static Channel<Settlement> NewChannel() => Channel.CreateUnbounded<Settlement>(new UnboundedChannelOptions { SingleReader = true });

    private async Task WriteUntilDoneAsync(IReadOnlyList<Settlement> batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await writer.WriteAsync(batch, cancellationToken);
                return;
            }
            catch (Exception exception) when (Outage.Is(exception))
            {
                LogWaiting(exception, batch.Count);
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                if (batch.Count > 1)
                {
                    foreach (var settlement in batch) await WriteUntilDoneAsync([settlement], cancellationToken);
                    return;
                }
                if (batch[0].Result is not SendResult.Accepted { Wamid: not null }
                    || exception is not PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
                {
                    // The lease expires, and the message's outcome becomes unknown.
                    LogLost(exception, batch[0].Row.MessageId);
                    return;
                }
                // Another message already has this wamid; this one was sent all the same.
                LogWamidTaken(exception, batch[0].Row.MessageId);
                batch = [batch[0] with { Result = new SendResult.Accepted(null) }];
            }
        }
    }

    [LoggerMessage(6211, LogLevel.Warning, "{Count} results of sending wait for the database")]
    private partial void LogWaiting(Exception exception, int count);

    [LoggerMessage(6212, LogLevel.Error, "The result of sending message {MessageId} could not be written")]
    private partial void LogLost(Exception exception, Guid messageId);

    [LoggerMessage(6213, LogLevel.Error, "Message {MessageId} was sent under a wamid that another message has")]
    private partial void LogWamidTaken(Exception exception, Guid messageId);
}
