using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

public sealed class PartitionSweepTests
{
    [Fact]
    public async Task A_partition_without_progress_between_two_sweeps_is_taken_by_the_sweeping_node_even_with_a_wrong_clock()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database);
        await database.ExecuteAsync("""
            insert into webhook_items (lane, received_at, kind, payload) values (7, now() + interval '1 day', 'message', '{}')
            """);
        var signals = node.Get<PartitionSignals>();
        var sweep = new PartitionSweep(node.Get<WebhookQueue>(), signals);
        using var atOnce = new CancellationTokenSource();
        await sweep.RunAsync(TestContext.Current.CancellationToken);
        var woken = signals.TakeAsync(atOnce.Token);
        Assert.False(woken.IsCompleted);

        await sweep.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal([7], await woken.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }
}
