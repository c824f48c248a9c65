using System.Diagnostics;

namespace PyTake.Conversations;

/// <summary>How a message changed.</summary>
public enum ChangeKind
{
    /// <summary>It is there now.</summary>
    New,
    /// <summary>Its tick moved.</summary>
    Status,
    /// <summary>Anything else: edited, revoked, reacted to, its media stored.</summary>
    Updated,
}

/// <summary>One step of a conversation's stream: the message as it was after the step, numbered <see cref="Message.Seq"/>.</summary>
public sealed record StreamChange(ChangeKind Kind, Message Message)
{
    /// <summary>What made it, where that is recorded.</summary>
    internal ActivityContext Trace { get; init; }
}
