using PyTake.Conversations;

namespace PyTake.Media;

/// <summary>A content that an organization has, once however many messages show it.</summary>
public sealed record StoredFile
{
    public required Guid Id { get; init; }
    public required Guid OrganizationId { get; init; }

    /// <summary>Of the bytes in the storage.</summary>
    public required byte[] Sha256 { get; init; }

    public required long Size { get; init; }

    /// <summary>By the content.</summary>
    public required string MimeType { get; init; }

    public int? Width { get; init; }
    public int? Height { get; init; }
    public double? DurationSeconds { get; init; }
    public bool Animated { get; init; }

    /// <summary>Whether the storage has a thumbnail; false if none can be made, null if nobody asked yet.</summary>
    public bool? Thumbnail { get; init; }

    /// <summary>The name of its object.</summary>
    public ObjectName Name => new(OrganizationId, Id);

    /// <summary>What a message shows of it.</summary>
    /// <param name="mediaId">The message's own id of it.</param>
    public MessageMedia Shown(Guid mediaId, string? filename, bool voice) => new(MediaState.Stored, MimeType)
    {
        Url = MediaEndpoints.UrlOf(mediaId),
        Filename = filename,
        Size = Size,
        Width = Width,
        Height = Height,
        DurationSeconds = DurationSeconds,
        Voice = voice ? true : null,
        Animated = Animated ? true : null,
    };
}

/// <summary>A file by one of its ids, as somebody's request finds it.</summary>
public sealed record FoundMedia(StoredFile File, string? Filename, bool IsUnsent);

/// <summary>Who gets a file: a message, or an upload that waits for one.</summary>
public sealed record NewMedia(Guid Id, Guid? MessageId, string? Filename);
