using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

/// <summary>
/// A node's transaction that has taken an item that was stored before, together with a message that has just arrived and is not answered, and waits in
/// its COMMIT (<see cref="CommitGate"/>).
/// </summary>
/// <param name="Session">PostgreSQL's process that runs it.</param>
/// <param name="Answered">Ends when the message that arrived has been answered 200.</param>
internal sealed record CombinedBatch(ClusterNode Node, int Session, CustomerMessage Arrived, Task Answered)
{
    // The first key of the partitions' advisory locks (src/PyTake.Server/WhatsApp/Webhooks/Queue/WebhookQueue.cs).
    public const int PartitionLocks = 0x5054;

    private const int Attempts = 20;

    /// <summary>Makes a node run one, runs <paramref name="strike"/> while it waits, and lets everything go on.</summary>
    /// <exception cref="IOException">No transaction combined the two.</exception>
    public static Task CatchAsync(Scene scene, Func<CommitGate, CombinedBatch, Task> strike, CancellationToken cancellationToken) =>
        CommitGate.SetAsync(scene.Database, async gate =>
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                // How long a message takes to arrive depends on the machine.
                if (await TryCatchAsync(scene, gate, pauseMs: 10 + 5 * attempt % 40, cancellationToken) is not { } batch) continue;
                await strike(gate, batch);
                await gate.OpenAsync();
                await batch.Answered;
                return;
            }
            throw new IOException($"in {Attempts} attempts, no transaction took a stored item together with one that had just arrived");
        });

    /// <summary>Whether the message that arrived is durable.</summary>
    public async Task<bool> IsCommittedAsync(Database database) =>
        await database.NumberAsync($"select count(*) from messages where whatsapp_message_id = '{Arrived.Wamid}'") > 0;

    // While all partitions are locked here, nothing is processed, so the first message is stored. The second one waits in a node's memory, for 50 ms
    // at most (Webhooks:DirectMs). Whichever node tries its partition first after the locks are gone, takes both, unless it is another than the second
    // one's and takes the first alone.
    private static async Task<CombinedBatch?> TryCatchAsync(Scene scene, CommitGate gate, int pauseMs, CancellationToken cancellationToken)
    {
        var customers = scene.Organizations[0].Customers;
        var customer = customers.Numbers[scene.Random.Next(customers.Numbers.Count)];
        var (stored, arrived) = (customers.New(customer), customers.New(customer, CommitGate.Word));
        var locked = scene.Database.QueryAsync(LockPartitions(stored, pauseMs));
        await Wait.Until(async () => await scene.Database.NumberAsync(LocksHere) == 64, otherwise: "the partitions were not locked");
        await customers.DeliverAsync(stored, cancellationToken);
        var answered = customers.DeliverAsync(arrived, cancellationToken);
        await locked;

        var (session, node, isCombined) = await gate.WaiterAsync(stored, arrived);
        if (isCombined && !answered.IsCompleted) return new(scene.Cluster.Nodes.Single(n => n.Name == node), session, arrived, answered);
        await gate.OpenAsync();
        await answered;
        await gate.ShutAsync();
        return null;
    }

    private static string LockPartitions(CustomerMessage stored, int pauseMs) => $"""
        do $$
        begin
            perform pg_advisory_lock({PartitionLocks}, partition) from generate_series(0, 63) as partition;
            for n in 1..5000 loop
                exit when exists (select from webhook_items where {CommitGate.Holds(stored)});
                perform pg_sleep(0.001);
            end loop;
            perform pg_sleep({pauseMs} / 1000.0);
            perform pg_advisory_unlock_all();
        end $$
        """;

    private static readonly string LocksHere = $"""
        select count(*)
        from pg_locks l
        join pg_stat_activity s on s.pid = l.pid
        where l.locktype = 'advisory' and l.classid = {PartitionLocks} and l.granted and s.application_name = 'psql'
        """;
}
