namespace PyTake.Conversations;

/// <summary>
/// Who answers in a conversation where several may answer for one number: Meta's own agent, another app, or this one (Meta's conversation routing,
/// conversation-routing/overview). Meta tells nobody who it is: it follows from handovers, from whether the customer's messages come to us or as
/// copies, and from our own actions. Null stands for a number where nothing of that has been seen.
/// </summary>
public static class ConversationControl
{
    /// <summary>This installation's agents.</summary>
    public const string Ours = "self";
    /// <summary>We gave it back: WhatsApp decides with the customer's next message.</summary>
    public const string Nobody = "nobody";
    /// <summary>Meta's agent.</summary>
    public const string AiAgent = "ai_agent";
    /// <summary>The app that takes what others cannot answer; ours, when we took a conversation.</summary>
    public const string Escalation = "escalation";
    /// <summary>Meta's agent or another app: Meta did not say which.</summary>
    public const string Other = "other";

    /// <summary>Whether agents may write anything but a template, and customers see what agents do.</summary>
    public static bool IsOurs(this Conversation conversation) => conversation.ControlledBy is null or Ours;

    /// <summary>
    /// The conversation under another control. One that another app or Meta's agent answers is pending, so that no agent here is given it; one that comes to us is open.
    /// </summary>
    public static Conversation UnderControl(this Conversation conversation, string controlledBy, DateTime since) => conversation with
    {
        ControlledBy = controlledBy,
        ControlledSince = since,
        Status = (conversation.Status, controlledBy) switch
        {
            (ConversationStatus.Pending, Ours) => ConversationStatus.Open,
            (ConversationStatus.Open, not Ours) => ConversationStatus.Pending,
            _ => conversation.Status,
        },
    };
}
