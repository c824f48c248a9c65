using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>A client in a namespace, which looks to SignalR like any other connection to a hub.</summary>
internal sealed class HubSocket : ConnectionContext, IDuplexPipe, IConnectionLifetimeFeature, IConnectionLifetimeNotificationFeature
{
    private static readonly PipeOptions Inbound = new(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false);

    private readonly EngineSession _session;
    private readonly Pipe _input = new(Inbound);
    private readonly HubOutput _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _closeRequested = new();
    private IDictionary<object, object?>? _items;

    public HubSocket(EngineSession session, SocketNamespace @namespace, IFeatureCollection features)
    {
        (_session, Namespace, Features, _output) = (session, @namespace, features, new HubOutput(session));
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionLifetimeNotificationFeature>(this);
        // Must precede the client's first packet, which may arrive at any moment now.
        _input.Writer.Write(@namespace.Handshake);
        _ = _input.Writer.FlushAsync();
    }

    public SocketNamespace Namespace { get; }

    public override string ConnectionId { get; set; } = SocketId.New();

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport
    {
        get => this;
        set => throw new NotSupportedException();
    }

    PipeReader IDuplexPipe.Input => _input.Reader;

    PipeWriter IDuplexPipe.Output => _output;

    public override CancellationToken ConnectionClosed
    {
        get => _closed.Token;
        set => throw new NotSupportedException();
    }

    public CancellationToken ConnectionClosedRequested
    {
        get => _closeRequested.Token;
        set => throw new NotSupportedException();
    }

    /// <summary>Runs the hub until the connection ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            await Namespace.RunAsync(this);
        }
        finally
        {
            await _input.Reader.CompleteAsync();
        }
    }

    /// <summary>Passes a packet and its attachments to the hub.</summary>
    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> text, IReadOnlyList<byte[]> attachments)
    {
        var writer = _input.Writer;
        writer.Write([EnginePacket.Message]);
        writer.Write(text.Span);
        writer.Write([EnginePacket.Separator]);
        foreach (var attachment in attachments) writer.Write(EnginePacket.OfBinary(attachment));
        await writer.FlushAsync();
    }

    /// <summary>Call when nothing more is received from the client or sent to it.</summary>
    public void End()
    {
        _output.Complete();
        _closed.Cancel();
    }

    /// <summary>Closes the connection so that the client reconnects.</summary>
    public void RequestClose() => _closeRequested.Cancel();

    public override void Abort(ConnectionAbortedException abortReason) => _session.Abort();

    public override void Abort() => _session.Abort();
}
