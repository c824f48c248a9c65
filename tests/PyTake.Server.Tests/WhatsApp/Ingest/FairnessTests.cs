using System.Net;
using PyTake.Nodes;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>A number with a backlog does not hold up the others.</summary>
public sealed class FairnessTests : IAsyncLifetime
{
    private static readonly short[] AllPartitions = [.. Enumerable.Range(0, Partitions.Count).Select(partition => (short)partition)];
    private TestDatabase _database = null!;
    private TestNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database, ("Webhooks:BatchSize", "20"));
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_backlog_of_one_number_lets_the_others_messages_pass()
    {
        var (noisy, quiet) = (await Given.Organization(_node), await Given.Organization(_node));
        var customers = Enumerable.Range(0, 10).Select(n => $"55119777700{n:D2}").ToArray();
        await PostAsync(noisy, [.. Enumerable.Range(0, 200).Select(n => Meta.TextMessage(customers[n % 10], $"{n / 10}"))]);
        // The same customers write to both, so that both are in the same partitions.
        await PostAsync(quiet, [.. customers.Select(customer => Meta.TextMessage(customer, "here"))]);

        // The first batch has the oldest items, and shows that there are more.
        await ProcessBatchAsync();
        Assert.Equal(0, await CountAsync(quiet));
        await ProcessBatchAsync();
        Assert.Equal(10, await CountAsync(quiet));

        await Meta.Work(_node);
        Assert.Equal(200, await CountAsync(noisy));
        foreach (var texts in (await _database.QueryAsync<string>("""
            select string_agg(content ->> 'text', ' ' order by seq)
            from messages
            where organization_id = @Id
            group by conversation_id
            """, new { noisy.Id })))
            Assert.Equal(string.Join(' ', Enumerable.Range(0, 20)), texts);
    }

    [Fact]
    public async Task A_backlog_of_one_partition_lets_the_others_pass()
    {
        var organization = await Given.Organization(_node);
        await PostAsync(organization, [.. Enumerable.Range(0, 100).Select(n => Meta.TextMessage("5511977780000", $"{n}"))]);
        await PostAsync(organization, [Meta.TextMessage("5511977780001", "here")]);

        await ProcessBatchAsync();
        await ProcessBatchAsync();

        Assert.Equal(1, await _database.SingleAsync<int>("select count(*)::int from messages where content ->> 'text' = 'here'"));
    }

    [Fact]
    public async Task A_worker_that_has_caught_up_takes_everything_in_order_again()
    {
        var organization = await Given.Organization(_node);
        for (var round = 0; round < 3; round++)
        {
            await PostAsync(organization, [.. Enumerable.Range(0, 45).Select(n => Meta.TextMessage($"551197779{n % 5:D4}", $"{round}.{n}"))]);
            await Meta.Work(_node);
            Assert.Equal(45 * (round + 1), await CountAsync(organization));
        }
    }

    private Task<int> ProcessBatchAsync() => _node.Get<PartitionWorker>().ProcessBatchAsync(AllPartitions, null, TestContext.Current.CancellationToken);

    private async Task PostAsync(TestOrganization organization, object[] messages)
        => Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Webhook(organization.Number, messages)));

    private Task<int> CountAsync(TestOrganization organization)
        => _database.SingleAsync<int>("select count(*)::int from messages where organization_id = @Id", new { organization.Id });
}
