using System.Diagnostics;

namespace PyTake.Conversations;

/// <summary>How a message changed.</summary>
public enum ChangeKind
{
    /// <summary>It was added.</summary>
    New,
    /// <summary>Its status changed: pending, sent, delivered, read or failed.</summary>
    Status,
    /// <summary>Anything else: edited, revoked, reacted to, its media stored.</summary>
    Updated,
}

/// <summary>One change in a conversation's stream: the message after it, whose <see cref="Message.Seq"/> is the change's position.</summary>
public sealed record StreamChange(ChangeKind Kind, Message Message)
{
    /// <summary>The trace that caused the change, if that is recorded.</summary>
    internal ActivityContext Trace { get; init; }
}
