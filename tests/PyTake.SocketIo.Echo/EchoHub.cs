using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace PyTake.SocketIo.Echo;

/// <summary>What came along with CONNECT.</summary>
internal sealed record EchoAuth(JsonElement Value);

/// <summary>The hub's connections that there are, and that there ever were.</summary>
internal sealed class EchoCount
{
    private int _now;
    private int _ever;

    public int Now => Volatile.Read(ref _now);

    public int Ever => Volatile.Read(ref _ever);

    public void Came()
    {
        Interlocked.Increment(ref _ever);
        Interlocked.Increment(ref _now);
    }

    public void Went() => Interlocked.Decrement(ref _now);
}

/// <summary>What socket.io-protocol's test suite asks of a server.</summary>
internal sealed class EchoHub(EchoCount count) : Hub
{
    // The suite loses a message that its WebSocket gets in one piece with the one before.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(10);

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        count.Went();
        return Task.CompletedTask;
    }

    public override async Task OnConnectedAsync()
    {
        count.Came();
        await Task.Delay(Apart);
        var auth = Context.Features.Get<EchoAuth>()!.Value;
        await Clients.Caller.SendAsync("auth", auth.ValueKind == JsonValueKind.Undefined ? new { } : auth);
    }

    [HubMethodName("message")]
    public Task Message(object? first, object? second, object? third) => Clients.Caller.SendCoreAsync("message-back", Given(first, second, third));

    [HubMethodName("message-with-ack")]
    public object? MessageWithAck(object? first, object? second, object? third) => Given(first, second, third) switch
    {
        [] => null,
        [var one] => one,
        [var one, var two] => (one, two),
        [var one, var two, var three] => (one, two, three),
        _ => throw new InvalidOperationException(),
    };

    [HubMethodName("fail")]
    public void Fail() => throw new HubException("As it was told to");

    [HubMethodName("hang-up")]
    public void HangUp() => Context.Abort();

    [HubMethodName("wait")]
    public async Task Wait()
    {
        await Clients.Caller.SendAsync("waiting");
        await Task.Delay(Timeout.Infinite, Context.ConnectionAborted);
    }

    private static object?[] Given(params object?[] arguments) => [.. arguments.Where(a => a is not null)];
}
