using System.Diagnostics;

namespace PyTake.WhatsApp.Outbound;

/// <summary>What is to be done about a message after an attempt to send it.</summary>
internal abstract record SendResult
{
    /// <summary>Meta accepted it.</summary>
    /// <param name="Wamid">Its id; null if another message already has it.</param>
    /// <param name="WaId">The customer's number in WhatsApp's spelling, if it is shown.</param>
    /// <param name="UserId">The customer's user id, if it is named.</param>
    public sealed record Accepted(string? Wamid, string? WaId = null, string? UserId = null) : SendResult;

    /// <summary>It will not be sent. Agents see code and text, which are Meta's own if Meta refused.</summary>
    public sealed record Failed(GraphErrorClass Class, string Code, string Text) : SendResult;

    /// <summary>It was not sent; retry at that time, with these counts.</summary>
    public sealed record Delayed(DateTime DueAt, GraphErrorClass Class, string Error, int Attempts, int Throttles) : SendResult;

    /// <summary>
    /// The whole number must not send until an administrator has saved it again; the message waits as if never tried, and shows code and reason.
    /// </summary>
    public sealed record Stopped(GraphErrorClass Class, string Code, string Reason) : SendResult;

    /// <summary>It may have arrived: wait for a status that says so.</summary>
    public sealed record Uncertain(string Error) : SendResult;

    /// <summary>The wait has ended, and the outcome is still unknown.</summary>
    public sealed record GivenUp : SendResult;

    /// <summary>The row is another node's by now: there is nothing to write.</summary>
    public sealed record Lost : SendResult;

    /// <summary>It does not have to be sent any more.</summary>
    public sealed record Dropped : SendResult;
}

/// <summary>The result of an attempt, ready to be written.</summary>
internal sealed record Settlement(OutboxRow Row, SendResult Result)
{
    /// <summary>The version of the number's settings that the request was made with; a stop applies only if it is still current.</summary>
    public DateTime NumberUpdatedAt { get; init; }

    /// <summary>The attempt's span, if its trace is recorded.</summary>
    public ActivityContext Trace { get; init; }
}
