using PyTake.Conversations;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Tells agents that a number was stopped: the number's state to all of the organization, and at each message that waits for it the reason. It is
/// for display alone: what is sent when is decided elsewhere.
/// </summary>
internal sealed partial class StopNotices(OutboundStore store, ConversationStreams streams, NodeBus bus, ILogger<StopNotices> logger)
{
    private const int Page = 100;

    /// <summary>Call it after the commit that stopped the number. Waits for nothing and never throws.</summary>
    public void Tell(NumberSending number)
    {
        LogStopped(number.WhatsappNumberId, number.SendingStoppedCode);
        bus.Publish(NumberSending.Topic, number.ToHint());
        _ = Task.Run(() => ExplainAsync(number));
    }

    private async Task ExplainAsync(NumberSending number)
    {
        try
        {
            WaitingMessage? last = null;
            while (await store.WaitingForAsync(number.WhatsappNumberId, last, Page, CancellationToken.None) is { Count: > 0 } page)
            {
                await ExplainAsync(page, number);
                last = page[^1];
            }
        }
        catch (Exception exception)
        {
            // The task is not awaited. Those messages show a clock without words; the notice about the number is there.
            LogNotExplained(exception, number.WhatsappNumberId);
        }
    }

    private async Task ExplainAsync(IReadOnlyList<WaitingMessage> page, NumberSending number)
    {
        await using var transaction = await streams.BeginAsync([.. page.Select(m => m.ConversationId).Distinct()], CancellationToken.None);
        foreach (var message in await transaction.LoadAsync([.. page.Select(m => m.MessageId)], CancellationToken.None))
            Outbox.Explain(transaction, message, number.SendingStoppedCode ?? "", number.SendingStoppedReason ?? "");
        await transaction.CommitAsync(CancellationToken.None);
    }

    [LoggerMessage(6214, LogLevel.Error, "WhatsApp number {WhatsappNumberId} sends nothing until it is saved again: Meta's error {Code}, see /api/v1/ops/outbound")]
    private partial void LogStopped(Guid whatsappNumberId, string? code);

    [LoggerMessage(6218, LogLevel.Warning, "Some messages that wait for number {WhatsappNumberId} do not show why")]
    private partial void LogNotExplained(Exception exception, Guid whatsappNumberId);
}
