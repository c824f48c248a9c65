using System.Text.Json.Serialization;

namespace PyTake.Faults.Consumers;

/// <summary>Something that a consumer's client told it, or that befell it, as host/src/protocol.ts has it.</summary>
/// <param name="Consumer">Its place among the host's consumers.</param>
/// <param name="At">By Stopwatch.</param>
/// <param name="Seq">A message's number in its conversation; with <see cref="TellingKind.Listed"/> the list's.</param>
/// <param name="LastSeq">With <see cref="TellingKind.Listed"/>: the conversation's own number.</param>
/// <param name="Text">Of a message; in words with <see cref="TellingKind.Foreign"/> and <see cref="TellingKind.Broken"/>.</param>
internal sealed record Told(
    int Consumer, long At, TellingKind Kind, Guid Conversation = default, Guid Message = default, long Seq = 0, long LastSeq = 0, string Status = "", string Text = "");

[JsonConverter(typeof(JsonStringEnumConverter<TellingKind>))]
internal enum TellingKind
{
    /// <summary>A message that the client calls new.</summary>
    New,

    /// <summary>A whole message that it has told of before.</summary>
    Updated,

    /// <summary>The status of one that it has told of before.</summary>
    Status,

    /// <summary>A change in the list, or what its first page shows.</summary>
    Listed,

    /// <summary>The connection was lost.</summary>
    Dropped,

    /// <summary>The server said something that is not for it.</summary>
    Foreign,

    /// <summary>The client has given something up.</summary>
    Broken,
}
