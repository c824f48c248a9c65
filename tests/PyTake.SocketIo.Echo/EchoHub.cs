using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace PyTake.SocketIo.Echo;

/// <summary>The auth payload of the CONNECT packet.</summary>
internal sealed record EchoAuth(JsonElement Value);

/// <summary>Counts the hub's open connections, and all that were ever opened.</summary>
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

/// <summary>The hub that socket.io-protocol's test suite expects.</summary>
internal sealed class EchoHub(EchoCount count) : Hub
{
    // The suite misses a message that arrives in the same read as the one before it.
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(10);

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        count.Went();
        return Task.CompletedTask;
    }

    public override async Task OnConnectedAsync()
    {
        count.Came();
        await Task.Delay(Gap);
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
