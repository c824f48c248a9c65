namespace PyTake.Conversations;

/// <summary>Another transaction did the same thing at the same moment and was first; the work has to start over.</summary>
internal sealed class RacedException() : Exception("another transaction did the same at the same moment");
