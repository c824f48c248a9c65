using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PyTake.Faults.Load;

namespace PyTake.Faults.Peers;

/// <summary>Puts a peer through faults under the load of a trial, and measures what share of the acknowledged messages reaches the clients in the room.</summary>
/// <param name="say">Called with each fault's result.</param>
internal sealed class PeerTrial(Peer peer, HttpClient http, Action<string> say)
{
    private static readonly TimeSpan Finishing = TimeSpan.FromSeconds(30), Late = TimeSpan.FromSeconds(15), Afterwards = TimeSpan.FromSeconds(3);
    private const int CustomerCount = 20, Consumers = 50, RoomsEach = 4;
    private const double Rate = 40;

    /// <param name="only">Names of faults; all if empty.</param>
    public async Task<Beside> RunAsync(string[] only)
    {
        var beside = new Beside(peer.Name, []);
        foreach (var fault in PeerFault.All.Where(fault => only.Length == 0 || only.Contains(fault.Name)))
        {
            beside.Delivered[fault.Name] = await TryAsync(fault);
            say($"{fault.Name}: {beside.Delivered[fault.Name]} delivered by {peer.Name}");
        }
        return beside;
    }

    private async Task<string> TryAsync(PeerFault fault)
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
            await PeerFault.AllAreLiveAsync(consumers);
            using var stop = new CancellationTokenSource();
            using var giveUp = new CancellationTokenSource();
            var load = Task.Run(() => customers.WriteAsync(Rate, stop.Token, giveUp.Token));
            await fault.InflictAsync(peer, consumers);
            // The load goes on until all consumers have been back for a while.
            await PeerFault.AllAreLiveAsync(consumers);
            await Task.Delay(Afterwards);
            await stop.CancelAsync();
            giveUp.CancelAfter(Finishing);
            // Messages that were never acknowledged do not count.
            await load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await CountAsync(ledger, consumers, rooms);
        }
        finally
        {
            await Task.WhenAll(consumers.Select(consumer => consumer.DisposeAsync().AsTask()));
        }
    }

    // Messages in transit get time to arrive.
    private static async Task<string> CountAsync(Ledger ledger, SocketIoConsumer[] consumers, Dictionary<Guid, string> rooms)
    {
        var expected = consumers.SelectMany(c => c.Rooms.SelectMany(
            room => ledger.FromCustomers.Where(m => m.IsAcknowledged && m.Customer == rooms[room]).Select(m => (Consumer: c, m.Wamid)))).ToArray();
        int Delivered() => expected.Count(e => e.Consumer.Seen.ContainsKey(e.Wamid));
        await Wait.Becomes(() => Task.FromResult(Delivered() == expected.Length), Late, CancellationToken.None);
        var repeated = consumers.Sum(c => c.Seen.Values.Sum(times => times - 1));
        // Truncated, not rounded: 100 % means all.
        var share = Math.Floor(1000.0 * Delivered() / expected.Length) / 10;
        return string.Create(CultureInfo.InvariantCulture, $"{share:0.0} %{(repeated == 0 ? "" : $", {repeated} twice")}");
    }

    // The id that peers give a customer's conversation: a version 5 UUID in the OID namespace (RFC 9562).
    private static Guid ConversationOf(string customer)
    {
        byte[] name = [.. Convert.FromHexString("6ba7b8129dad11d180b400c04fd430c8"), .. Encoding.UTF8.GetBytes(customer)];
        var hash = SHA1.HashData(name)[..16];
        hash[6] = (byte)((hash[6] & 0x0f) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
