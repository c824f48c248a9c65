using System.Diagnostics;

namespace PyTake.WhatsApp.Outbound;

/// <summary>What is to be done about a message after an attempt to send it.</summary>
internal abstract record SendResult
{
    /// <summary>Meta accepted it under this wamid; null where the wamid cannot be kept.</summary>
    public sealed record Accepted(string? Wamid) : SendResult;

    /// <summary>It will not go out. Code and text are what agents see: Meta's own where Meta refused.</summary>
    public sealed record Failed(GraphErrorClass Class, string Code, string Text) : SendResult;

    /// <summary>Nothing came of it; again at that time, with these counts.</summary>
    public sealed record Delayed(DateTime DueAt, GraphErrorClass Class, string Error, int Attempts, int Throttles) : SendResult;

    /// <summary>The whole number must not send until an operator has seen to it; the message waits as if never tried.</summary>
    public sealed record Stopped(GraphErrorClass Class, string Reason) : SendResult;

    /// <summary>It may have arrived: wait for a status that says so.</summary>
    public sealed record Uncertain(string Error) : SendResult;

    /// <summary>The wait is over and nobody knows.</summary>
    public sealed record GivenUp : SendResult;

    /// <summary>It is no longer to be sent.</summary>
    public sealed record Dropped : SendResult;
}

/// <summary>An attempt's result, to be written.</summary>
internal sealed record Settlement(OutboxRow Row, SendResult Result)
{
    /// <summary>The number's settings that the request was made with; a stop holds only while they are the same.</summary>
    public DateTime NumberUpdatedAt { get; init; }

    /// <summary>The attempt, where its trace is recorded.</summary>
    public ActivityContext Trace { get; init; }
}
