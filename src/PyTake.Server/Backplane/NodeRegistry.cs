namespace PyTake.Backplane;

public sealed class NodeRegistry
{
    public ulong OwnLanes() => ulong.MaxValue;
}
