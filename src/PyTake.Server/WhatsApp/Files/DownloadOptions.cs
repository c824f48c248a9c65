using System.ComponentModel.DataAnnotations;

namespace PyTake.WhatsApp.Files;

/// <summary>How customers' files are fetched from WhatsApp: section <c>Downloads</c>. Times are spelled <c>hh:mm:ss</c>.</summary>
public sealed class DownloadOptions
{
    public const string Section = "Downloads";

    /// <summary>The interval of the sweep for rows that the node was not woken for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")] public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Files that one node fetches at a time. Each takes a few hundred kilobytes of memory, however large it is.</summary>
    [Range(1, 256)] public int Concurrent { get; set; } = 16;

    /// <summary>Files of one number that one node fetches at a time.</summary>
    [Range(1, 256)] public int ConcurrentPerNumber { get; set; } = 6;

    /// <summary>After how long without a sign of life a node's files are fetched by another.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")] public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long WhatsApp may send nothing of a file.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")] public TimeSpan SilenceTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest that one attempt may take, however steadily it comes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "01:00:00")] public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The pause after the first failure; each further one is four times as long, up to <see cref="RetryLimit"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")] public TimeSpan RetryBase { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="RetryBase"/>
    [Range(typeof(TimeSpan), "00:00:00.001", "06:00:00")] public TimeSpan RetryLimit { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Attempts that may fail for the file's own reasons (it is not there, not whole, not what it should be) before it is given up.</summary>
    [Range(1, 100)] public int MaxAttempts { get; set; } = 4;

    /// <summary>Attempts that may fail because WhatsApp cannot serve it now.</summary>
    [Range(1, 100)] public int MaxAttemptsAway { get; set; } = 12;

    /// <summary>How long to wait before the next look where the number's token is of no use; that is no attempt.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")] public TimeSpan TokenPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>For how many days WhatsApp keeps a customer's file (WHATSAPP, section 8).</summary>
    [Range(1, 365)] public int MetaDays { get; set; } = 7;
}
