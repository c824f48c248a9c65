using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>Customers who have written once, and the conversations that this opened.</summary>
internal sealed record Inbox(Database Source, string[] Customers, Guid[] Conversations)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Creates customers by posting a first webhook for each.</summary>
    /// <exception cref="IOException">A webhook was refused, or not processed in time.</exception>
    public static async Task<Inbox> OpenAsync(int count, Database database, Webhook webhook, HttpMessageInvoker http)
    {
        var series = Random.Shared.Next(100_000, 1_000_000);
        var customers = Enumerable.Range(0, count).Select(n => $"55119{series}{n:D4}").ToArray();
        await Parallel.ForEachAsync(customers, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (customer, cancellationToken) =>
        {
            using var request = webhook.Text(customer, $"wamid.FIRST{customer}", "Bom dia");
            using var answer = await http.SendAsync(request, cancellationToken);
            if (!answer.IsSuccessStatusCode)
                throw new IOException($"a first webhook was answered {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        });
        return new Inbox(database, customers, await ConversationsAsync(database, customers));
    }

    /// <summary>A slice of the customers with their conversations.</summary>
    public Inbox Part(int start, int count) =>
        this with { Customers = Customers[start..(start + count)], Conversations = Conversations[start..(start + count)] };

    /// <summary>How many of the customers' messages are stored; the count is updated in the transactions that store them.</summary>
    public Task<long> StoredAsync() => Source.NumberAsync(
        $"select sum(inbound_count) from conversations where id = any({Database.Array(Conversations)})");

    /// <summary>Feeds all stored messages of a round to one reader per conversation.</summary>
    public async Task<Reader[]> ReadBackAsync(Ledger ledger)
    {
        var readers = Enumerable.Range(0, Conversations.Length).Select(n => new Reader(ledger, n)).ToArray();
        var place = Conversations.Index().ToDictionary(c => c.Item.ToString("D"), c => c.Index);
        var rows = await Source.QueryAsync($"""
            select conversation_id, created_seq, split_part(content ->> 'text', ':', 3)
            from messages
            where content ->> 'text' like 'bench:{ledger.Run}:%'
              and conversation_id = any({Database.Array(Conversations)})
            order by conversation_id, created_seq
            """);
        foreach (var row in rows) readers[place[row[0]]].See(int.Parse(row[2]), long.Parse(row[1]), at: 1);
        return readers;
    }

    private static async Task<Guid[]> ConversationsAsync(Database database, string[] customers)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Deadline)
        {
            var rows = await database.QueryAsync($"""
                select whatsapp_id, conversations.id
                from contacts
                join conversations on contact_id = contacts.id
                where whatsapp_id = any({Database.Array(customers)})
                """);
            if (rows.Length == customers.Length)
            {
                var found = rows.ToDictionary(row => row[0], row => Guid.Parse(row[1]));
                return [.. customers.Select(customer => found[customer])];
            }
            await Task.Delay(100);
        }
        throw new IOException($"{customers.Length} customers wrote, and after {Deadline.TotalSeconds} s not all of them have a conversation");
    }
}
