using System.Text.Json;

namespace PyTake.Faults.Consumers;

/// <summary>A hub connection that knows when its node wants it to be elsewhere.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly CancellationTokenSource _draining = new();
    private DateTime _movesAt = DateTime.MaxValue;

    private Connection()
    {
    }

    public HubSocket Socket { get; private set; } = null!;

    /// <summary>The node goes away or has too many clients, and the moment has come that it has chosen for us.</summary>
    public CancellationToken TimeToMove => _draining.Token;

    /// <inheritdoc cref="HubSocket.ConnectAsync"/>
    public static async Task<Connection> OpenAsync(
        Uri baseUrl, string token, HttpMessageInvoker http, Action<string, JsonElement> heard, CancellationToken cancellationToken)
    {
        var connection = new Connection();
        try
        {
            connection.Socket = await HubSocket.ConnectAsync(baseUrl, token, http, connection.Hearing(heard), cancellationToken);
            return connection;
        }
        catch
        {
            connection._draining.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Socket.DisposeAsync();
        _draining.Dispose();
    }

    private Action<string, JsonElement> Hearing(Action<string, JsonElement> heard) => (name, payload) =>
    {
        if (name != "server:draining") heard(name, payload);
        else if (!Socket.Lost.IsCompleted) MoveIn(TimeSpan.FromMilliseconds(payload.GetProperty("reconnect_in_ms").GetDouble()));
    };

    // The sooner of two moments counts.
    private void MoveIn(TimeSpan delay)
    {
        var at = DateTime.UtcNow + delay;
        if (at >= _movesAt) return;
        _movesAt = at;
        _draining.CancelAfter(delay);
    }
}
