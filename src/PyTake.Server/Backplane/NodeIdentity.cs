using Microsoft.Extensions.Options;

namespace PyTake.Backplane;

/// <summary>This node: its name for people, and an id that no other start of any node has.</summary>
public sealed class NodeIdentity(IOptions<NodeOptions> options, TimeProvider time)
{
    public Guid Id { get; } = Guid.NewGuid();

    public string Name { get; } = options.Value.Name;

    public DateTime StartedAt { get; } = time.GetUtcNow().UtcDateTime;

    /// <summary>The program's version.</summary>
    public static string Version { get; } = typeof(NodeIdentity).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
