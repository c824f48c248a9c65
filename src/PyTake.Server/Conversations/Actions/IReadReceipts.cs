namespace PyTake.Conversations;

/// <summary>Shows customers that their messages were read.</summary>
public interface IReadReceipts
{
    /// <summary>Queues a read receipt, which is sent once the transaction commits and replaces one that still waits.</summary>
    /// <param name="conversation">Locked by the transaction.</param>
    /// <param name="whatsappMessageId">The customer's newest message that was read.</param>
    void Queue(StreamTransaction transaction, Conversation conversation, string whatsappMessageId);
}
