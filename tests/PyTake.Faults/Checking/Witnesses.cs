using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

/// <summary>Collects what the database, the simulator and the consumers know of an organization.</summary>
internal sealed class Witnesses(Database database, HttpClient simulator)
{
    private readonly Dictionary<string, List<AskedOfMeta>> _asked = [];
    private long _askedSoFar;

    /// <summary>Collects the evidence as of now.</summary>
    /// <exception cref="IOException">The database does not answer, or the consumers' process has ended.</exception>
    /// <exception cref="HttpRequestException">The simulator does not answer.</exception>
    public async Task<Evidence> HearAsync(Organization organization)
    {
        await ReadAskedAsync();
        // Consumers are read after the database, so they may be ahead of it; if they are behind, the next attempt sees whether they catch up.
        var stored = await ReadStoredAsync(organization);
        await organization.SyncAsync(CancellationToken.None);
        return new Evidence(
            organization.Ledger.FromCustomers, organization.Ledger.FromAgents, _asked.GetValueOrDefault(organization.PhoneNumberId) ?? [], stored,
            [.. organization.Consumers.Select(consumer => consumer.Shown())]);
    }

    private async Task ReadAskedAsync()
    {
        var answer = await simulator.GetFromJsonAsync<JsonElement>($"/_control/sent?after={_askedSoFar}");
        foreach (var asked in answer.EnumerateArray())
        {
            _askedSoFar = asked.GetProperty("n").GetInt64();
            if (!asked.GetProperty("body").TryGetProperty("text", out var text)) continue;
            var number = asked.GetProperty("phone_number_id").GetString()!;
            if (!_asked.TryGetValue(number, out var of)) _asked[number] = of = [];
            of.Add(new AskedOfMeta(text.GetProperty("body").GetString()!, asked.GetProperty("wamid").ValueKind == JsonValueKind.String));
        }
    }

    private async Task<Stored> ReadStoredAsync(Organization organization)
    {
        var rows = await database.QueryAsync($"""
            begin isolation level repeatable read;
            select 'message', id, conversation_id, seq, created_seq, inbound_number, status, whatsapp_message_id, client_message_id, content ->> 'text',
                -- Its price comes with a tick of its own.
                num_nonnulls(sent_at, delivered_at, read_at, failed_at, meta -> 'pricing'), error_code,
                -- As long as the timeout (3 s; Meta's clock has whole seconds): it may have been marked as failed and arrived after all.
                coalesce(sent_at - created_at > interval '2 seconds', false)
            from messages
            where organization_id = '{organization.Id}';

            select 'conversation', id, last_seq, inbox_seq, inbound_count, total_messages
            from conversations
            where organization_id = '{organization.Id}';

            select 'list', inbox_seq from inbox_counters where organization_id = '{organization.Id}';

            select 'waiting', count(*) || ' webhook items wait to be processed'
            from webhook_items where phone_number_id = '{organization.PhoneNumberId}' having count(*) > 0;

            select 'waiting', 'webhook item ' || id || ' is deferred as ' || state || ': ' || left(replace(error, E'\n', ' '), 200)
            from webhook_items_set_aside where phone_number_id = '{organization.PhoneNumberId}' and state <> 'parked' limit 5;

            -- A message's id is near the beginning of its webhook, which may be megabytes long.
            select 'parked', substring(encode(substring(payload for 1000), 'escape') from 'wamid[.][A-Za-z0-9]+')
            from webhook_items_set_aside where phone_number_id = '{organization.PhoneNumberId}' and state = 'parked';

            select 'waiting', count(*) || ' messages wait to be sent, the first is ' || min(state) || coalesce(': ' || min(error), '')
            from outbox where organization_id = '{organization.Id}' having count(*) > 0;

            select 'waiting', 'the file of message ' || id || ' is ' || (media ->> 'state') || coalesce(': ' || (media ->> 'error'), '')
            from messages where organization_id = '{organization.Id}' and media ->> 'state' <> 'stored' limit 5;
            commit;
            """);
        var byKind = rows.ToLookup(row => row[0]);
        return new Stored(
            [.. byKind["message"].Select(Message)],
            [.. byKind["conversation"].Select(row => new StoredConversation(Guid.Parse(row[1]), Number(row[2]), Number(row[3]), (int)Number(row[4]), (int)Number(row[5])))],
            Number(byKind["list"].Single()[1]),
            [.. byKind["parked"].Select(row => row[1])],
            [.. byKind["waiting"].Select(row => row[1])]);
    }

    private static StoredMessage Message(string[] row) => new(
        Guid.Parse(row[1]), Guid.Parse(row[2]), Number(row[3]), Number(row[4]), row[5] == "" ? null : (int)Number(row[5]),
        row[6], Null(row[7]), Null(row[8]), row[9], (int)Number(row[10]), Null(row[11]), row[12] == "t");

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    private static string? Null(string field) => field == "" ? null : field;
}
