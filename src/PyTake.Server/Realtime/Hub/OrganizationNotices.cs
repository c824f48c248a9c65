using PyTake.Conversations;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Passes what concerns a whole organization on to its connections on this node. A hint may be lost: clients read the state again when they connect.
/// </summary>
internal sealed class OrganizationNotices : IHostedService
{
    private readonly LocalFanOut _local;

    public OrganizationNotices(LocalFanOut local, NodeBus bus)
    {
        _local = local;
        bus.Subscribe(NumberSending.Topic, OnNumber);
        bus.Subscribe(AccountNews.Topic, OnAccount);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnNumber(string hint)
    {
        var number = NumberSending.Of(hint);
        _local.Send(Rooms.Organization(number.OrganizationId), ChatEvents.NumberUpdated, number);
    }

    private void OnAccount(string hint)
    {
        var news = AccountNews.Of(hint);
        _local.Send(Rooms.Organization(news.OrganizationId), ChatEvents.AccountEvent, news);
    }
}
