namespace PyTake.Faults.Inflicted;

internal sealed class NodeKilledInBatch() : Fault("node-killed-in-batch", "A node is killed while it holds partitions' locks, in the middle of a batch of hundreds of messages")
{
    // Polled inside the database, because a batch is shorter than a round trip from here. pg_stat_activity is read last: its snapshot does not change
    // within a transaction.
    private static readonly string HolderOfPartitions = $"""
        create function pg_temp.partition_holder() returns text language plpgsql as $$
        declare
            holder int;
        begin
            for n in 1..10000 loop
                select pid into holder from pg_locks where locktype = 'advisory' and classid = {CombinedBatch.PartitionLocks} and granted limit 1;
                if holder is not null then
                    return (select application_name from pg_stat_activity where pid = holder);
                end if;
                perform pg_sleep(0.0005);
            end loop;
            return '';
        end $$;
        select pg_temp.partition_holder();
        """;

    public override bool IsQuick => true;

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var burst = Task.WhenAll(scene.Organizations.Select(organization => organization.Customers.BurstAsync(webhooks: 8, messages: 150, cancellationToken)));
        var name = (await scene.Database.QueryAsync(HolderOfPartitions))[0][0];
        var node = scene.Cluster.Nodes.SingleOrDefault(node => node.Name == name) ?? throw new IOException($"no node held a partition ('{name}')");
        Processes.Kill(node.Pid);
        await scene.Parts.StartAsync(node.Name);
        await burst;
    }
}
