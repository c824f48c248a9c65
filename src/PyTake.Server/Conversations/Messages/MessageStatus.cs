namespace PyTake.Conversations;

/// <summary>The words of <see cref="Message.Status"/>, and the one rule by which an outbound message moves through them.</summary>
public static class MessageStatus
{
    public const string Received = "received";
    public const string Pending = "pending";
    public const string Sent = "sent";
    public const string Delivered = "delivered";
    public const string Read = "read";
    public const string Failed = "failed";

    /// <summary>
    /// Whether a message may go from one status to another: forward only; failed only from pending or sent; what was called failed
    /// and then turns out to have arrived is delivered or read (WHATSAPP, section 5: Meta's statuses come in any order).
    /// </summary>
    public static bool MayBecome(string from, string to) => to switch
    {
        Failed => from is Pending or Sent,
        Delivered or Read when from == Failed => true,
        _ => Rank(to) > Rank(from) && from is not (Failed or Received),
    };

    private static int Rank(string status) => status switch
    {
        Pending => 0,
        Sent => 1,
        Delivered => 2,
        Read => 3,
        _ => -1,
    };
}
