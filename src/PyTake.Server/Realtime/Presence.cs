namespace PyTake.Realtime;

public sealed class Presence
{
    public IReadOnlySet<Guid> OnlineIn(Guid organizationId) => System.Collections.Frozen.FrozenSet<Guid>.Empty;
}
