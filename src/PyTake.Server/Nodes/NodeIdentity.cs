using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.Nodes;

/// <summary>This node: its name for people, and an id that is new with each start.</summary>
public sealed class NodeIdentity(IOptions<NodeOptions> options, TimeProvider time)
{
    public Guid Id { get; } = Guid.NewGuid();

    public string Name { get; } = options.Value.Name;

    public DateTime StartedAt { get; } = time.GetUtcNow().UtcDateTime;
}
