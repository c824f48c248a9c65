using System.Text.Json;
using Dapper;
using PyTake.Conversations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Echoes of messages that we sent ourselves. One may come before Meta's answer to our request, so that its id is not known yet: it is the message
/// whose outcome we are waiting for and which says the same.
/// </summary>
internal static class OwnEchoes
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>Finds messages that echoes may be of, in conversations of their customer, and locks these.</summary>
    public static async Task FindAsync(
        StreamTransaction transaction, IEnumerable<WebhookUpdate> updates, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        // Those of unknown outcome, and those that got an id since the lookup. A queued one has not been sent.
        const string Sql = """
            select e.place, m.id, m.conversation_id
            from unnest(@conversations, @wamids, @keys, @after) with ordinality as e (conversation_id, wamid, key, after, place)
            join conversations o on o.id = e.conversation_id
            join conversations c on c.contact_id = o.contact_id and c.whatsapp_number_id = o.whatsapp_number_id
            cross join lateral (
                select m.id, m.conversation_id, m.occurred_at
                from messages m
                where m.conversation_id = c.id and m.occurred_at > e.after and m.direction = 'outbound'
                  and case
                        when m.whatsapp_message_id is not null then m.whatsapp_message_id = e.wamid or wamid_key(m.whatsapp_message_id) = e.key
                        else (m.status = 'pending' or m.status = 'failed' and m.error_code = 'timeout')
                            and not exists (select from outbox q where q.message_id = m.id and q.state = 'queued')
                      end
                limit 20
            ) m
            order by e.place, m.occurred_at
            """;

        var echoes = updates.OfType<MessageReceived>().Where(m => m.IsEcho && lookup.ConversationOf(m) is not null).ToArray();
        if (echoes.Length == 0) return;
        var found = (await transaction.Connection.QueryAsync<(long Place, Guid Id, Guid ConversationId)>(new CommandDefinition(Sql, new
        {
            conversations = echoes.Select(e => lookup.ConversationOf(e)!.Value).ToArray(),
            wamids = echoes.Select(e => e.Wamid).ToArray(),
            keys = echoes.Select(e => Wamid.InnerKey(e.Wamid)).ToArray(),
            after = echoes.Select(e => e.OccurredAt - LongestWait).ToArray(),
        }, transaction.Transaction, cancellationToken: cancellationToken))).AsList();
        await transaction.LockAsync([.. found.Select(f => f.ConversationId).Distinct().Where(id => transaction.Find(id) is null)], cancellationToken);
        foreach (var echo in found.GroupBy(f => echoes[f.Place - 1], f => new MessageRef(f.Id, f.ConversationId)))
            lookup.SetCandidatesOf(echo.Key, [.. echo]);
    }

    /// <summary>Whether an echo is of a message of ours: by its id, or, as long as that has none, by what it says.</summary>
    public static bool IsOf(MessageReceived echo, Message ours)
    {
        if (ours.WhatsappMessageId is { } wamid) return Wamid.MayBeSame(wamid, echo.Wamid);
        if (ours.MessageType != echo.Type) return false;
        using var said = echo.Content.Parse();
        using var sent = ours.Content.Parse();
        return Words(said.RootElement) == Words(sent.RootElement);
    }

    // What both have in the same form. Files have other ids on the way, and the phone app sends neither templates nor buttons.
    private static (string? Text, string? Caption) Words(JsonElement content) => (Word(content, "text"), Word(content, "caption"));

    private static string? Word(JsonElement content, string name)
        => content.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString()!.Trim() : null;
}
