using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;

namespace PyTake.Realtime;

/// <summary>Microsoft's backplane keeps the contract. What it cannot promise is in <see cref="MicrosoftRedisAwayTests"/>.</summary>
public sealed class MicrosoftBackplaneTests(MicrosoftCluster cluster) : BackplaneContract<MicrosoftCluster>(cluster)
{
    [Fact]
    public void It_is_Microsofts_manager_that_the_hub_uses()
    {
        Assert.IsType<MicrosoftBackplane>(Nodes.One.Get<HubLifetimeManager<ChatHub>>());
        Assert.NotNull(Nodes.One.Get<RedisHubLifetimeManager<ChatHub>>());
    }
}
