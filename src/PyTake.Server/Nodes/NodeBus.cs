using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Options;

namespace PyTake.Nodes;

/// <summary>
/// Short hints from node to node. Any of them may be lost, so code that acts on hints must also check the database from time to time,
/// and at once when <see cref="Restored"/> is raised.
/// </summary>
public sealed partial class NodeBus : IHostedService
{
    private readonly RedisLink _link;
    private readonly Channels _channels;
    private readonly NodeIdentity _node;
    private readonly BackplaneOptions _options;
    private readonly ILogger<NodeBus> _logger;
    private readonly ConcurrentDictionary<string, ImmutableArray<Action<string>>> _handlers = new();

    /// <summary>One instance per node.</summary>
    public NodeBus(RedisLink link, Channels channels, NodeIdentity node, IOptions<BackplaneOptions> options, ILogger<NodeBus> logger)
        => (_link, _channels, _node, _options, _logger) = (link, channels, node, options.Value, logger);

    /// <summary>Whether hints reach other nodes, as far as this node knows.</summary>
    public bool Connected => _link.IsOpen;

    /// <summary>Redis is reachable again, or for the first time: hints may have been lost. Handlers must not wait.</summary>
    public event Action? Restored
    {
        add => _link.Restored += value;
        remove => _link.Restored -= value;
    }

    /// <summary>Redis became unreachable: from now on hints are lost. Handlers must not wait.</summary>
    public event Action? Lost
    {
        add => _link.Lost += value;
        remove => _link.Lost -= value;
    }

    /// <summary>Calls the handlers on every node; this node's at once, on the caller's thread. Waits for nothing and never throws.</summary>
    /// <param name="topic">A word without spaces.</param>
    /// <param name="text">The hint, in the format of the topic's handlers.</param>
    public void Publish(string topic, string text)
    {
        if (_link.IsConnected)
            _link.Publish(_channels.Bus, [.. _node.Id.ToByteArray(), .. Encoding.UTF8.GetBytes($"{topic} {text}")]);
        Handle(topic, text);
    }

    /// <summary>Subscribes to a topic. The handler must be quick: it notes what to do and wakes the loop that does it.</summary>
    public void Subscribe(string topic, Action<string> handler)
        => _handlers.AddOrUpdate(topic, [handler], (_, handlers) => handlers.Add(handler));

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
        => await Task.WhenAny(_link.SubscribeAsync(_channels.Bus, Receive), Task.Delay(_options.SubscribeWait, cancellationToken));

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Receive(byte[] message)
    {
        if (message.Length < 16 || new Guid(message.AsSpan(0, 16)) == _node.Id) return;
        var text = Encoding.UTF8.GetString(message, 16, message.Length - 16);
        if (text.IndexOf(' ') is > 0 and var space) Handle(text[..space], text[(space + 1)..]);
    }

    private void Handle(string topic, string text)
    {
        if (!_handlers.TryGetValue(topic, out var handlers)) return;
        foreach (var handler in handlers)
        {
            try
            {
                handler(text);
            }
            catch (Exception exception)
            {
                LogHandlerFailed(exception, topic);
            }
        }
    }

    [LoggerMessage(7020, LogLevel.Error, "A handler of topic {Topic} failed")]
    private partial void LogHandlerFailed(Exception exception, string topic);
}
