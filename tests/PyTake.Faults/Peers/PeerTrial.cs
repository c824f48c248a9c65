using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PyTake.Faults.Load;

namespace PyTake.Faults.Peers;

/// <summary>The faults that a peer can be put to, under the load of a trial: what share of the acknowledged messages reaches those who are in the room.</summary>
internal sealed class PeerTrial(Peer peer, HttpClient http)
{
    private static readonly TimeSpan Ready = TimeSpan.FromSeconds(30), Late = TimeSpan.FromSeconds(15);
    private const int CustomerCount = 20, Consumers = 50, RoomsEach = 4;
    private const double Rate = 40;

    public async Task<string> RunAsync() => string.Join('\n',
    [
        $"| Fault | Delivered by {peer.Name} | Lost | Repeated |",
        "|---|---|---|---|",
        await RowAsync("Every consumer's network drops for 2 s, six times in 24 s", DropAsync),
        await RowAsync("Redis is killed, and started again after 2 s", _ => peer.Redis.RestartAsync(TimeSpan.FromSeconds(2))),
        await RowAsync("A node is killed, and started again after 2 s", _ => peer.Nodes[0].RestartAsync(TimeSpan.FromSeconds(2))),
    ]);

    private async Task<string> RowAsync(string name, Func<IReadOnlyList<SocketIoConsumer>, Task> fault)
    {
        var ledger = new Ledger();
        var series = Random.Shared.Next(100_000, 1_000_000);
        string[] numbers = [.. Enumerable.Range(0, CustomerCount).Select(n => $"55219{series}{n:D4}")];
        var webhook = new Webhook(peer.BaseUrl, new ClusterWhatsApp("", "", peer.AppSecret));
        var customers = new Customers(numbers, new Meta(webhook, http, "100000000000001", ledger));
        var rooms = numbers.ToDictionary(ConversationOf);
        Guid[] ids = [.. rooms.Keys];
        var consumers = Enumerable.Range(0, Consumers)
            .Select(c => new SocketIoConsumer(peer, [.. Enumerable.Range(0, RoomsEach).Select(n => ids[(c + n * 7) % ids.Length])])).ToArray();
        try
        {
            await Condition.HoldsAsync(() => Task.FromResult(consumers.All(c => c.IsLive)), Ready, "not every consumer could join its rooms", CancellationToken.None);
            using var stop = new CancellationTokenSource();
            using var giveUp = new CancellationTokenSource();
            var load = Task.Run(() => customers.WriteAsync(Rate, stop.Token, giveUp.Token));
            await fault(consumers);
            // The load goes on until everybody has been back for a while.
            await Condition.HoldsAsync(() => Task.FromResult(consumers.All(c => c.IsLive)), Ready, "not every consumer came back", CancellationToken.None);
            await stop.CancelAsync();
            giveUp.CancelAfter(Ready);
            await load;
            return await CountAsync(name, ledger, consumers, rooms);
        }
        finally
        {
            await Task.WhenAll(consumers.Select(consumer => consumer.DisposeAsync().AsTask()));
        }
    }

    // What is on its way gets time to arrive, as long as it does.
    private static async Task<string> CountAsync(string name, Ledger ledger, SocketIoConsumer[] consumers, Dictionary<Guid, string> rooms)
    {
        var expected = consumers.SelectMany(c => c.Rooms.SelectMany(
            room => ledger.FromCustomers.Where(m => m.IsAcknowledged && m.Customer == rooms[room]).Select(m => (Consumer: c, m.Wamid)))).ToArray();
        int Delivered() => expected.Count(e => e.Consumer.Seen.ContainsKey(e.Wamid));
        await Condition.BecomesTrueAsync(() => Task.FromResult(Delivered() == expected.Length), Late, CancellationToken.None);
        var repeated = consumers.Sum(c => c.Seen.Values.Sum(times => times - 1));
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {100.0 * Delivered() / expected.Length:0.0} % | {expected.Length - Delivered()} of {expected.Length} | {repeated} |");
    }

    private static Task DropAsync(IReadOnlyList<SocketIoConsumer> consumers) => Task.WhenAll(consumers.Select(async consumer =>
    {
        for (var n = 0; n < 6; n++)
        {
            await Task.Delay(TimeSpan.FromSeconds(4 * Random.Shared.NextDouble()));
            await consumer.CutAsync(TimeSpan.FromSeconds(2));
        }
    }));

    // The peers' conversation of a customer: a UUID of version 5 in the namespace of OIDs (RFC 9562).
    private static Guid ConversationOf(string customer)
    {
        byte[] name = [.. Convert.FromHexString("6ba7b8129dad11d180b400c04fd430c8"), .. Encoding.UTF8.GetBytes(customer)];
        var hash = SHA1.HashData(name)[..16];
        hash[6] = (byte)((hash[6] & 0x0f) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
