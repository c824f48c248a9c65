using System.ComponentModel.DataAnnotations;

namespace PyTake.WhatsApp.Outbound;

/// <summary>How messages are sent: section <c>Outbound</c>. Times are spelled <c>hh:mm:ss</c>.</summary>
public sealed class OutboundOptions
{
    public const string Section = "Outbound";

    /// <summary>The interval of the sweep for rows that the sender was not woken for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")] public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Timeout of a request to the Graph API.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:02:00")] public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Timeout of connecting to the Graph API.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:02:00")] public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a node holds a message that it is sending, beyond the timeout of the request.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")] public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message that may have arrived waits for a status that says so, before it is marked as failed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "01:00:00")] public TimeSpan UnknownWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests for one message that Meta could not serve, before it is marked as failed.</summary>
    [Range(1, 100)] public int MaxAttempts { get; set; } = 8;

    /// <summary>Requests for one message that Meta refused for a reason unknown to us, before it is marked as failed.</summary>
    [Range(1, 100)] public int MaxAttemptsUnknown { get; set; } = 3;

    /// <summary>The wait before the second attempt; each further one is twice as long, up to <see cref="RetryLimit"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")] public TimeSpan RetryBase { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="RetryBase"/>
    [Range(typeof(TimeSpan), "00:00:00.001", "06:00:00")] public TimeSpan RetryLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>After 131056 Meta asks for a wait of 4^n of these (WHATSAPP, section 9: seconds).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")] public TimeSpan PairRateUnit { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The wait after 130429 (throughput), doubled each time up to a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")] public TimeSpan ThroughputUnit { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Messages that one number may send in a second, over all nodes (WHATSAPP, section 9).</summary>
    [Range(1, 10_000)] public int MessagesPerSecond { get; set; } = 80;

    /// <summary>Concurrent requests of one number on one node.</summary>
    [Range(1, 1_000)] public int ConcurrentPerNumber { get; set; } = 40;

    /// <summary>Concurrent requests on one node; a number gets no more than what is free, so that slow numbers leave room for others.</summary>
    [Range(1, 10_000)] public int Concurrent { get; set; } = 400;

    /// <summary>Messages claimed with one statement.</summary>
    [Range(1, 1_000)] public int ClaimBatch { get; set; } = 64;

    /// <summary>Requests for one read receipt before it is given up.</summary>
    [Range(1, 100)] public int ReceiptAttempts { get; set; } = 5;

    /// <summary>Whether customers see that an agent is writing. Meta marks their newest message as read with it.</summary>
    public bool TypingIndicator { get; set; } = true;

    /// <summary>How long a claimed message is leased, timeout of its request included.</summary>
    internal TimeSpan WholeLease => Lease + RequestTimeout;
}
