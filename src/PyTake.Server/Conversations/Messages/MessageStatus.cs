namespace PyTake.Conversations;

/// <summary>The values of <see cref="Message.Status"/>, and the rule by which an outbound message moves through them.</summary>
public static class MessageStatus
{
    public const string Received = "received";
    public const string Pending = "pending";
    public const string Sent = "sent";
    public const string Delivered = "delivered";
    public const string Read = "read";
    public const string Failed = "failed";

    /// <summary>
    /// Whether a message may go from one status to another: only forward; to failed only from pending or sent. A message that Meta reported as
    /// failed may still turn out to be delivered or read (WHATSAPP, section 5: Meta's statuses come in any order).
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
