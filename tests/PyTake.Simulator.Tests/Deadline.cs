namespace PyTake.Simulator.Tests;

internal static class Deadline
{
    /// <summary>How long a test waits for a signal before it fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
}
