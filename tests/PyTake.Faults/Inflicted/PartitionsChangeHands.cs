namespace PyTake.Faults.Inflicted;

internal sealed class PartitionsChangeHands() : Fault(
    "partitions-change-hands", "Every node leaves (in turn by SIGTERM and SIGKILL) and joins again, while large webhooks keep items in every partition: they are taken by another node each time")
{
    private static readonly TimeSpan Moving = TimeSpan.FromSeconds(30);

    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(5));

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => RecordAsync(scene.Database, async () =>
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var busy = KeepBusyAsync(scene, enough.Token, cancellationToken);
        try
        {
            foreach (var (n, node) in scene.Cluster.Nodes.Index()) await LeaveAndJoinAsync(scene, node, n % 2 == 0 ? Signal.Terminate : Signal.Kill);
        }
        finally
        {
            await enough.CancelAsync();
            await busy;
        }
    });

    // So many messages in one webhook are stored, and processed by the node that owns their partitions.
    private static async Task KeepBusyAsync(Scene scene, CancellationToken enough, CancellationToken cancellationToken)
    {
        List<Task> under = [];
        while (!enough.IsCancellationRequested)
        {
            under.AddRange(scene.Organizations.Select(organization => organization.Customers.BurstAsync(webhooks: 1, messages: 24, cancellationToken)));
            await Task.Delay(250, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(under);
    }

    private static async Task LeaveAndJoinAsync(Scene scene, ClusterNode node, Signal signal)
    {
        await MovedAsync(scene.Database, from: $"= '{node.Name}'", to: $"<> '{node.Name}'", () => Scene.TerminateAsync(node.Pid, signal, TimeSpan.FromSeconds(30)));
        await MovedAsync(scene.Database, from: $"<> '{node.Name}'", to: $"= '{node.Name}'", () => scene.Parts.StartAsync(node.Name));
    }

    // Waits for a partition whose items others took before and after.
    private static async Task MovedAsync(Database database, string from, string to, Func<Task> change)
    {
        await database.QueryAsync("truncate faults_taken");
        await Wait.Until(async () => await database.NumberAsync($"select count(*) from faults_taken where node {from}") > 0, Moving, $"no node {from} took items");
        await change();
        await Wait.Until(async () => await database.NumberAsync($"""
            select count(*)
            from faults_taken later
            join faults_taken earlier on earlier.partition = later.partition and earlier.place < later.place
            where earlier.node {from} and later.node {to}
            """) > 0, Moving, "no partition changed hands");
    }

    // A trigger records which node takes an item from the queue.
    private static async Task RecordAsync(Database database, Func<Task> meanwhile)
    {
        await database.QueryAsync("""
            create table faults_taken (place bigint generated always as identity, partition smallint not null, node text not null);
            create function faults_taken() returns trigger language plpgsql as $$
            begin
                insert into faults_taken (partition, node) values (old.lane, current_setting('application_name'));
                return null;
            end $$;
            create trigger faults_taken after delete on webhook_items for each row execute function faults_taken();
            """);
        try
        {
            await meanwhile();
        }
        finally
        {
            await database.QueryAsync("drop trigger faults_taken on webhook_items; drop function faults_taken(); drop table faults_taken;");
        }
    }
}
