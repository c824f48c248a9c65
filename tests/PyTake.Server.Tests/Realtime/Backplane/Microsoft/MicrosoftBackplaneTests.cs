using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Realtime;

/// <summary>
/// Microsoft's backplane keeps the contract. What it does not keep of the promises that ours keeps is said here by name, so that the
/// day on which it does is noticed.
/// </summary>
public sealed class MicrosoftBackplaneTests(MicrosoftCluster cluster) : BackplaneContract<MicrosoftCluster>(cluster)
{
    [Fact]
    public void It_is_Microsofts_manager_that_the_hub_uses()
    {
        Assert.IsType<MicrosoftBackplane<ChatHub>>(Nodes.One.Get<HubLifetimeManager<ChatHub>>());
        Assert.NotNull(Nodes.One.Get<RedisHubLifetimeManager<ChatHub>>());
        Assert.Null(Nodes.One.Services.GetService<RedisBackplane<ChatHub>>());
    }

    [Fact]
    public async Task Microsofts_backplane_stalls_a_group_with_one_slow_browser_P6()
    {
        await using var slow = await Browser.OpenAsync(Nodes.Two, receiveBuffer: 4096);
        await using var quick = await Browser.OpenAsync(Nodes.Two);

        var stalled = await StallsAt(slow, quick);

        Assert.NotNull(stalled);
        Assert.True(slow.IsThere);
        // It was nothing but the slow one.
        slow.Client.GoOnReading();
        await quick.HearsNext(stalled.Value);
    }

    [Fact]
    public async Task Microsofts_backplane_waits_long_for_a_connection_that_is_nowhere()
    {
        var adding = One.Groups.AddToGroupAsync("nobody", NewGroup, Stop);

        // Half a minute, in fact; ours says it within two seconds.
        await Assert.ThrowsAsync<TimeoutException>(() => adding.WaitAsync(TimeSpan.FromSeconds(2), Stop));
    }
}
