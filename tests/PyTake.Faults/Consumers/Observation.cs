using System.Text.Json.Serialization;

namespace PyTake.Faults.Consumers;

/// <summary>Something that a consumer's client emitted, or that happened to it, as defined in host/src/protocol.ts.</summary>
/// <param name="Consumer">Its index among the host's consumers.</param>
/// <param name="At">A Stopwatch timestamp.</param>
/// <param name="Seq">A message's seq in its conversation; with <see cref="ObservationKind.Listed"/>, the list's inbox number.</param>
/// <param name="LastSeq">With <see cref="ObservationKind.Listed"/>: the conversation's last seq.</param>
/// <param name="Text">A message's text; a description with <see cref="ObservationKind.Foreign"/> and <see cref="ObservationKind.Broken"/>.</param>
internal sealed record Observation(
    int Consumer, long At, ObservationKind Kind, Guid Conversation = default, Guid Message = default, long Seq = 0, long LastSeq = 0, string Status = "", string Text = "");

[JsonConverter(typeof(JsonStringEnumConverter<ObservationKind>))]
internal enum ObservationKind
{
    /// <summary>A message that the client reported as new.</summary>
    New,

    /// <summary>A whole message that it has reported before.</summary>
    Updated,

    /// <summary>The status of a message that it has reported before.</summary>
    Status,

    /// <summary>A change in the list, or an entry of its first page.</summary>
    Listed,

    /// <summary>The connection was lost.</summary>
    Dropped,

    /// <summary>The server sent something that was not meant for it.</summary>
    Foreign,

    /// <summary>The client gave up on something.</summary>
    Broken,
}
