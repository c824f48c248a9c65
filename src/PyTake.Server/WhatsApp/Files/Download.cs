using System.Buffers.Text;

namespace PyTake.WhatsApp.Files;

/// <summary>A file that this node has claimed to fetch.</summary>
internal sealed record Download
{
    public required Guid MessageId { get; init; }
    public required Guid ClaimId { get; init; }
    public required Guid OrganizationId { get; init; }
    public required Guid ConversationId { get; init; }
    public required Guid WhatsappNumberId { get; init; }
    /// <summary>Including the one under way.</summary>
    public int Attempts { get; init; }
    /// <summary>Null if the message is gone.</summary>
    public string? MessageType { get; init; }
    /// <summary>Meta's id of the file, as the webhook named it: not to be trusted.</summary>
    public string? MetaId { get; init; }
    /// <summary>As the webhook named it: base64 or hexadecimal.</summary>
    public string? Sha256 { get; init; }
    public string? MimeType { get; init; }
    public DateTime OccurredAt { get; init; }
    public DateTime ReceivedAt { get; init; }
    /// <summary>Null if the number is gone.</summary>
    public string? PhoneNumberId { get; init; }
    public byte[]? AccessToken { get; init; }

    /// <summary>The hash of the file; null if the webhook named none that is one.</summary>
    public byte[]? Hash => ReadHash(Sha256);

    /// <summary>Reads a SHA-256 as Meta spells it: the webhook in base64, Graph in hexadecimal.</summary>
    public static byte[]? ReadHash(string? text)
    {
        if (text is null) return null;
        if (text.Length == 64 && text.All(char.IsAsciiHexDigit)) return Convert.FromHexString(text);
        return text.Length == 44 && Base64.IsValid(text) && Convert.FromBase64String(text) is { Length: 32 } hash ? hash : null;
    }
}

/// <summary>Why a file could not be fetched, in words and in the code that clients show words of their own for.</summary>
internal sealed record DownloadFailure(string Code, string Words)
{
    public static readonly DownloadFailure NotFound = new("not_found", "WhatsApp does not have the file");
    public static readonly DownloadFailure TooLarge = new("too_large", "The file is larger than WhatsApp allows");
    public static readonly DownloadFailure WrongHash = new("wrong_hash", "What WhatsApp sent is not the file that it announced");
    public static readonly DownloadFailure WrongKind = new("wrong_kind", "The file is not what it is said to be");
    public static readonly DownloadFailure Truncated = new("truncated", "WhatsApp sent only a part of the file");
    public static readonly DownloadFailure Unreachable = new("unreachable", "WhatsApp could not be reached");
    public static readonly DownloadFailure Expired = new("expired", "WhatsApp keeps files for some days only, and has forgotten this one");

    public static DownloadFailure Refused(string words) => new("refused", $"WhatsApp refused the file: {words}");
}

/// <summary>The outcome of an attempt.</summary>
internal abstract record DownloadResult
{
    /// <summary>The message shows it.</summary>
    public sealed record Stored : DownloadResult;

    /// <summary>Somebody else has it, or nobody wants it any more: there is nothing to write.</summary>
    public sealed record Over : DownloadResult;

    /// <summary>It will not be there: an agent may have it tried again.</summary>
    public sealed record Failed(DownloadFailure Failure) : DownloadResult;

    /// <summary>WhatsApp has forgotten it.</summary>
    public sealed record Expired : DownloadResult;

    /// <summary>Something is wrong with the file; a few more attempts.</summary>
    public sealed record Wrong(DownloadFailure Failure) : DownloadResult;

    /// <summary>WhatsApp cannot serve it now; many more attempts.</summary>
    public sealed record Away(string Reason) : DownloadResult;

    /// <summary>It is not the file's fault and no attempt: the number's token is of no use, too much is asked of WhatsApp, or our storage is away.</summary>
    public sealed record Waits(string Reason, TimeSpan Pause) : DownloadResult;
}
