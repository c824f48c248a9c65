namespace PyTake.Jobs;

/// <summary>What the server knows and Hangfire must be told.</summary>
/// <param name="NodeName">Begins the names of this node's servers in the dashboard.</param>
/// <param name="Linger">How long a drain waits for more before its job ends.</param>
/// <param name="InvisibilityTimeout">How long after its node's death a job is fetched again; whole seconds.</param>
public sealed record HangfireSettings(string NodeName, TimeSpan Linger, TimeSpan InvisibilityTimeout)
{
    internal string DrainServer => $"{NodeName}-drains";

    internal string OtherServer => $"{NodeName}-others";
}
