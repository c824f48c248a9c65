using System.Text.Json;
using System.Text.Json.Serialization;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A message's file, as <see cref="Message.Media"/> shows it (CONTRACT, section 4, Media).</summary>
/// <param name="State">One of <see cref="MediaState"/>.</param>
/// <param name="MimeType">What WhatsApp says; once it is stored, what the content says.</param>
public sealed record MessageMedia(string State, string? MimeType)
{
    /// <summary>Where members of the organization get it; relative. Only when stored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Url { get; init; }

    /// <summary>As the sender named it: untrusted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Filename { get; init; }

    /// <summary>Bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? Size { get; init; }

    /// <summary>Pixels, as it is shown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Width { get; init; }

    /// <inheritdoc cref="Width"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Height { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? DurationSeconds { get; init; }

    /// <summary>True for a voice note; otherwise missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Voice { get; init; }

    /// <summary>True for an image that moves; otherwise missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Animated { get; init; }

    /// <summary>Why it failed or expired, in words and as a short code.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }

    /// <inheritdoc cref="Error"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ErrorCode { get; init; }

    /// <summary>What a message's column holds.</summary>
    public RawJson ToJson() => RawJson.Of(this);

    /// <summary>Reads a message's column; null if the message has no file.</summary>
    public static MessageMedia? Of(RawJson? media)
        => media is { } known ? JsonSerializer.Deserialize<MessageMedia>(known.Text, Wire.Options) : null;
}

/// <summary>The values of <see cref="MessageMedia.State"/>.</summary>
public static class MediaState
{
    /// <summary>It is still at WhatsApp.</summary>
    public const string Pending = "pending";

    /// <summary>We have it.</summary>
    public const string Stored = "stored";

    /// <summary>It could not be fetched; somebody may have it tried again.</summary>
    public const string Failed = "failed";

    /// <summary>WhatsApp does not have it any more.</summary>
    public const string Expired = "expired";
}
