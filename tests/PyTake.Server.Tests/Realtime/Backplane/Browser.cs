using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace PyTake.Realtime;

/// <summary>A browser of a user who shares no room with anybody else, and its connection's id on the node.</summary>
public sealed class Browser : IAsyncDisposable
{
    private readonly TestNode _node;

    private Browser(TestNode node, TestUser user, SignalRClient client)
        => (_node, User, Client, Id) = (node, user, client, node.Get<ChatSockets>().OfUser(user.Id).Single().Id);

    public TestUser User { get; }

    public SignalRClient Client { get; }

    public string Id { get; }

    /// <summary>Whether the server still has the connection.</summary>
    public bool IsThere => _node.Get<ChatSockets>().Find(Id) is not null;

    /// <summary>The numbers of all <c>test</c> events received so far, in order of arrival.</summary>
    public IReadOnlyList<int> Heard => [.. Client.All("test").Select(Number)];

    public static async Task<Browser> OpenAsync(TestNode node)
    {
        var user = (await Given.Organization(node)).Agent;
        return new Browser(node, user, await SignalRClient.ConnectAsync(node, user.Token));
    }

    /// <summary>Joins a group through its own node, as the hub does.</summary>
    public Task Join(string group) => _node.Get<IHubContext<ChatHub>>().Groups.AddToGroupAsync(Id, group);

    /// <summary>Waits until it has received this many events, and asserts that they are these, in any order.</summary>
    public async Task Hears(params int[] numbers)
    {
        await Wait.Until(() => Heard.Count >= numbers.Length);
        Assert.Equal(numbers, Heard.Order());
    }

    /// <summary>Waits for the event with this number.</summary>
    public Task HearsNext(int number) => Client.Next("test", e => Number(e) == number);

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    // An event's argument is its number, or an object that has one.
    private static int Number(JsonElement argument) => argument.ValueKind == JsonValueKind.Number ? argument.GetInt32() : argument.GetProperty("n").GetInt32();
}
