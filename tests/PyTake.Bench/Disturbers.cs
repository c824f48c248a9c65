using System.Net.Sockets;
using System.Net.WebSockets;

namespace PyTake.Bench;

/// <summary>
/// The two browsers that everybody else must not notice: one that joins a busy conversation and reads nothing from then on, and one that
/// types, joins and leaves as fast as it goes. Whatever the server does about them, they come back.
/// </summary>
internal sealed class Disturbers(Guid[] conversations) : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stop = new();

    // A small window, so that the network between holds little of what is not read.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    public void Start(Uri baseUrl, string token)
    {
        _ = DisturbAsync(baseUrl, token, ReadNothingAsync);
        _ = DisturbAsync(baseUrl, token, TalkAsync);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task DisturbAsync(Uri baseUrl, string token, Func<ClientWebSocket, CancellationToken, Task> disturb)
    {
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var socket = new ClientWebSocket();
                socket.Options.KeepAliveInterval = TimeSpan.Zero;
                socket.Options.SetRequestHeader("Origin", baseUrl.GetLeftPart(UriPartial.Authority));
                await socket.ConnectAsync(Browser.HubUri(baseUrl, token), _http, stop);
                await socket.SendAsync(HubRecords.Handshake, WebSocketMessageType.Text, true, stop);
                await disturb(socket, stop);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The server has had enough of it.
            }
            await Task.Delay(Again, CancellationToken.None);
        }
    }

    private async Task ReadNothingAsync(ClientWebSocket socket, CancellationToken stop)
    {
        foreach (var conversation in conversations)
            await socket.SendAsync(HubRecords.Join(conversation), WebSocketMessageType.Text, true, stop);
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), stop);
            await socket.SendAsync(HubRecords.Ping, WebSocketMessageType.Text, true, stop);
        }
    }

    private async Task TalkAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var listening = ListenAsync(socket, stop);
        for (var n = 0; !listening.IsCompleted; n++)
        {
            var argument = $$"""{"conversation_id":"{{conversations[n % conversations.Length]:D}}"}""";
            foreach (var method in (string[])["join_conversation", "typing_start", "typing_stop", "leave_conversation"])
                await socket.SendAsync(HubRecords.Call(method, argument), WebSocketMessageType.Text, true, stop);
        }
        await listening;
    }

    private static async Task ListenAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), stop)).MessageType != WebSocketMessageType.Close) { }
    }
}
