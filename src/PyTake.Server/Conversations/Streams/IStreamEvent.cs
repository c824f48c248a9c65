namespace PyTake.Conversations;

/// <summary>An event that has a place in a conversation's stream; nodes hand these out in order and without a hole.</summary>
public interface IStreamEvent
{
    long Seq { get; }
}
