namespace PyTake.Backplane;

public sealed class NodeBus
{
    public void Publish(string topic, string text) { }
    public void Subscribe(string topic, Action<string> handler) { }
}
