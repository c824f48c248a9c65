namespace PyTake.Bench;

/// <summary>Fills a database as a year of use would: customers with long histories, before load M.</summary>
internal static class History
{
    private const int Conversations = 1000, BatchesOf = 50;

    /// <returns>The conversations, each with its share of the messages.</returns>
    public static async Task<Inbox> FillAsync(int messages, Database database, Webhook webhook, HttpMessageInvoker http)
    {
        var inbox = await Inbox.OpenAsync(Conversations, database, webhook, http);
        var each = messages / Conversations;
        await database.QueryAsync(Counters(inbox, each) + Texts);
        // In batches, so that a conversation's rows are scattered on disk as they are when messages arrive one by one.
        for (var first = 1; first <= each; first += BatchesOf)
            await database.QueryAsync(Messages(inbox, each, first, Math.Min(first + BatchesOf - 1, each)));
        // Flush the million rows now, so that writing them is not part of the load that follows.
        await database.QueryAsync("drop table bench_texts; vacuum analyze messages; analyze conversations; checkpoint");
        return inbox;
    }

    // Counters first: if a message arrives meanwhile, the history's numbers are already reserved.
    private static string Counters(Inbox inbox, int each) => $"""
        update conversations
        set last_seq = last_seq + {each},
            inbound_count = inbound_count + {(each + 1) / 2},
            total_messages = total_messages + {each}
        where id = any({Database.Array(inbox.Conversations)});
        """;

    // Ten thousand texts of eight words from a vocabulary of two thousand: enough to give the search index realistic work.
    private const string Texts = """
        create table bench_texts as
        select n as number, string_agg('palavra' || (2000 * random() * random())::int, ' ') as text
        from generate_series(0, 9999) as n, generate_series(1, 8)
        group by n;
        """;

    // Customer and agent alternate over the year before the conversation was created. Ids are UUID version 7, as the nodes
    // generate them, because their order decides how the primary key's index grows.
    private static string Messages(Inbox inbox, int each, int first, int last) => $"""
        insert into messages (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, inbound_number, direction,
            sender_type, message_type, content, status, whatsapp_message_id, occurred_at, created_at, sent_at, delivered_at, read_at)
        select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3) || '8' || substr(random, 4, 15))::uuid,
            organization_id, c.id, whatsapp_number_id, last_seq - {each} + n, last_seq - {each} + n,
            case when inbound then inbound_count - {(each + 1) / 2} + (n + 1) / 2 end,
            case when inbound then 'inbound' else 'outbound' end,
            case when inbound then 'contact' else 'agent' end,
            'text', jsonb_build_object('text', text),
            case when inbound then 'received' else 'read' end,
            'wamid.HBgN' || upper(random) || upper(substr(random, 1, 14)), at, at,
            case when not inbound then at end, case when not inbound then at end, case when not inbound then at end
        from generate_series({first}, {last}) as n
        cross join conversations as c
        cross join lateral (
            select n % 2 = 1 as inbound,
                md5(c.id::text || n) as random,
                c.created_at - interval '365 days' * (1 - n::float8 / {each + 1}) as at
        ) as made
        join bench_texts on bench_texts.number = abs(hashtext(random)) % 10000
        where c.id = any({Database.Array(inbox.Conversations)})
        order by n, c.id
        """;
}
