namespace PyTake.Conversations;

/// <summary>An event with a position in a conversation's stream; nodes deliver these in order and without gaps.</summary>
public interface IStreamEvent
{
    long Seq { get; }
}
