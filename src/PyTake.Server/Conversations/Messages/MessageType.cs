namespace PyTake.Conversations;

/// <summary>The values of <see cref="Message.MessageType"/> that the code handles; others pass through as Meta spells them.</summary>
public static class MessageType
{
    public const string Text = "text";
    public const string Image = "image";
    public const string Video = "video";
    public const string Audio = "audio";
    public const string Document = "document";
    public const string Sticker = "sticker";
    public const string Template = "template";
    public const string Location = "location";
    public const string Contacts = "contacts";
    public const string Interactive = "interactive";
    public const string Reaction = "reaction";
    public const string Note = "note";
    public const string System = "system";
    /// <summary>What is left of a message that was erased: {erased_at}.</summary>
    public const string Erased = "erased";

    public const string Unsupported = "unsupported";

    /// <summary>A line: another answers from now on. {action: passed | taken | released | routed, from?, to?, note?, summary?}, with the roles of Meta's routing.</summary>
    public const string Handover = "handover";

    /// <summary>In a history: a file that comes later under the same id.</summary>
    public const string MediaPlaceholder = "media_placeholder";

    /// <summary>A call: {direction: inbound | outbound, outcome: missed | rejected | ended, duration_seconds?}, without outcome while it rings.</summary>
    public const string Call = "call";
}
