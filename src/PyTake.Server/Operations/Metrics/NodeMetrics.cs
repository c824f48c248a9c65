using System.Diagnostics.Metrics;
using PyTake.Hosting;
using PyTake.Nodes;
using PyTake.Realtime;

namespace PyTake.Operations;

/// <summary>Gauges of the node's state, read when the metrics are collected.</summary>
internal sealed class NodeMetrics : IHostedService
{
    private readonly ChatSockets _sockets;
    // An endpoint without connections is reported as 0, because a series that ends says nothing.
    private readonly HashSet<string> _endpoints = [SocketEndpoint.SignalR.Name, SocketEndpoint.SocketIo.Name];

    public NodeMetrics(
        IMeterFactory meters, NodeIdentity node, ChatSockets sockets, LocalFanOut local, RoomStreams rooms, Readiness readiness, NodeBus bus)
    {
        _sockets = sockets;
        var realtime = meters.Create(RealtimeMetrics.Meter);
        realtime.CreateObservableGauge("pytake.realtime.connections", ByEndpoint, "{connection}", "Clients connected here, by endpoint");
        realtime.CreateObservableGauge("pytake.realtime.users", () => sockets.Users.Count, "{user}", "Users connected here");
        realtime.CreateObservableGauge("pytake.realtime.rooms", () => rooms.Count, "{room}", "Conversations open here");
        var backplane = meters.Create(BackplaneMetrics.Meter);
        backplane.CreateObservableGauge(
            "pytake.backplane.open", () => bus.Connected ? 1 : 0, description: "Whether messages reach other nodes through Redis: 1 or 0");
        backplane.CreateObservableGauge("pytake.backplane.backlog", () => local.WaitingBytes, "By", "Bytes buffered for browsers that do not keep up");
        var meter = meters.Create("PyTake.Node");
        meter.CreateObservableGauge("pytake.node.ready", () => readiness.WantsWork ? 1 : 0, description: "Whether the node takes new clients: 1 or 0");
        meter.CreateObservableGauge(
            "pytake.node.info", () => new Measurement<int>(1, new("name", node.Name), new("version", ProgramVersion.Text)),
            description: "Always 1: the node's name and version");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<int>> ByEndpoint()
    {
        var connections = _sockets.ByEndpoint();
        lock (_endpoints)
        {
            _endpoints.UnionWith(connections.Keys);
            return [.. _endpoints.Select(endpoint => new Measurement<int>(
                connections.GetValueOrDefault(endpoint), new KeyValuePair<string, object?>("endpoint", endpoint)))];
        }
    }
}
