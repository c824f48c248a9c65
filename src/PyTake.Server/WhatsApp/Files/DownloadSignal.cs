using PyTake.Nodes;

namespace PyTake.WhatsApp.Files;

/// <summary>Wakes a node that fetches files. A lost signal only costs time: the row is there, and the sweep finds it.</summary>
internal sealed class DownloadSignal
{
    private const string Topic = "downloads";

    private readonly NodeBus _bus;
    private readonly NodeRegistry _nodes;

    public DownloadSignal(NodeBus bus, NodeRegistry nodes)
    {
        (_bus, _nodes) = (bus, nodes);
        bus.Subscribe(Topic, _ => Pump.Set());
    }

    /// <summary>Wakes this node's pump.</summary>
    public Signal Pump { get; } = new();

    /// <summary>Files were queued: call it after the commit.</summary>
    public void Wake()
    {
        if (_nodes.Works) Pump.Set();
        else _bus.Publish(Topic, "");
    }
}
