using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;

namespace PyTake.Realtime;

/// <summary>Microsoft's backplane fulfils the contract. Its limits are in <see cref="MicrosoftRedisAwayTests"/>.</summary>
public sealed class MicrosoftBackplaneTests(MicrosoftCluster cluster) : BackplaneContract<MicrosoftCluster>(cluster)
{
    [Fact]
    public void The_hub_uses_Microsofts_lifetime_manager()
    {
        Assert.IsType<MicrosoftBackplane>(Nodes.One.Get<HubLifetimeManager<ChatHub>>());
        Assert.NotNull(Nodes.One.Get<RedisHubLifetimeManager<ChatHub>>());
    }
}
