using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Tests of the sender's statements on a database without a running sender.</summary>
public sealed class OutboundStoreTests : IAsyncLifetime
{
    private Sending _sending = null!;
    private OutboundStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _sending = await Sending.StartAsync(workers: false);
        _store = _sending.Node.Get<OutboundStore>();
    }

    public ValueTask DisposeAsync() => _sending.DisposeAsync();

    [Fact]
    public async Task A_recipients_messages_are_claimed_one_at_a_time_and_in_order()
    {
        var conversation = await _sending.OpenConversationAsync();
        var first = await _sending.SendAsync(conversation, "first");
        await _sending.SendAsync(conversation, "second");

        Assert.Equal(first, Assert.Single(await ClaimAsync(Guid.NewGuid(), conversation)).MessageId);
        Assert.Empty(await ClaimAsync(Guid.NewGuid(), conversation));

        await _sending.Database.ExecuteAsync("update outbox set state = 'unknown' where message_id = @first", new { first });
        Assert.Empty(await ClaimAsync(Guid.NewGuid(), conversation));

        await _sending.Database.ExecuteAsync("update outbox set state = 'queued', due_at = now() + interval '1 minute' where message_id = @first", new { first });
        Assert.Empty(await ClaimAsync(Guid.NewGuid(), conversation));
    }

    [Fact]
    public async Task Concurrent_claims_never_get_the_same_message()
    {
        var organization = await _sending.OrganizationAsync();
        var conversations = new List<TestConversation>();
        for (var i = 0; i < 30; i++)
        {
            conversations.Add(await _sending.OpenConversationAsync(organization));
            await _sending.SendAsync(conversations[i], "hi");
        }

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ClaimAsync(Guid.NewGuid(), [.. conversations])));

        Assert.Equal(30, taken.SelectMany(t => t).Select(m => m.MessageId).Distinct().Count());
        Assert.Equal(30, taken.Sum(t => t.Count));
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_undone()
    {
        var conversation = await _sending.OpenConversationAsync();
        var other = await _sending.OpenConversationAsync(conversation.Organization);
        await _sending.SendAsync(conversation, "lost");
        await _sending.SendAsync(other, "under way");
        var (unheard, heard) = (Guid.NewGuid(), Guid.NewGuid());
        await ClaimAsync(unheard, conversation);
        await ClaimAsync(heard, other);

        await _store.UnclaimAsync([unheard], TestContext.Current.CancellationToken);

        Assert.Equal(1, Assert.Single(await ClaimAsync(Guid.NewGuid(), conversation)).Attempts);
        Assert.Empty(await ClaimAsync(Guid.NewGuid(), other));
    }

    [Fact]
    public async Task Nothing_is_claimed_for_a_stopped_number()
    {
        var conversation = await _sending.OpenConversationAsync();
        await _sending.SendAsync(conversation, "waits");
        await _sending.Database.ExecuteAsync("update whatsapp_numbers set sending_stopped_at = now() where id = @Id", new { conversation.Organization.Number.Id });

        Assert.Empty(await ClaimAsync(Guid.NewGuid(), conversation));
        Assert.Empty(await FindAsync([], 10));
    }

    [Fact]
    public async Task Recipients_are_read_page_by_page_whatever_else_waits()
    {
        var organizations = new[] { await _sending.OrganizationAsync(), await _sending.OrganizationAsync() };
        var due = new List<Recipient>();
        var later = new List<Recipient>();
        foreach (var organization in organizations)
            for (var i = 0; i < 5; i++)
            {
                var conversation = await _sending.OpenConversationAsync(organization);
                for (var n = 0; n < 3; n++) await _sending.SendAsync(conversation, $"{n}");
                (i % 2 == 0 ? due : later).Add(new(organization.Number.Id, conversation.Contact.Id));
            }
        // Only a recipient's first message counts: later ones are not due before it.
        await _sending.Database.ExecuteAsync("""
            update outbox set due_at = now() + interval '1 hour'
            where position in (select min(position) from outbox where contact_id = any(@contacts) group by contact_id)
            """, new { contacts = later.Select(l => l.ContactId).ToArray() });

        var seen = new List<PartitionHead>();
        var cursors = new Dictionary<Guid, Guid>();
        for (var page = 0; page < 3; page++)
        {
            var heads = await FindAsync(cursors, 2);
            Assert.All(heads.GroupBy(h => h.WhatsappNumberId), number => Assert.Equal(page < 2 ? 2 : 1, number.Count()));
            foreach (var head in heads) cursors[head.WhatsappNumberId] = head.ContactId;
            seen.AddRange(heads);
        }

        Assert.Equal(10, seen.Count);
        Assert.Equal(due.ToHashSet(), seen.Where(h => h.IsDue).Select(h => new Recipient(h.WhatsappNumberId, h.ContactId)).ToHashSet());
        Assert.Equal(later.ToHashSet(), seen.Where(h => !h.IsDue).Select(h => new Recipient(h.WhatsappNumberId, h.ContactId)).ToHashSet());
        Assert.Empty(await FindAsync(cursors, 2));
        Assert.Equal([organizations[1].Number.Id], (await FindAsync([], 1, organizations[0].Number.Id)).Select(h => h.WhatsappNumberId));
    }

    private Task<IReadOnlyList<OutboundMessage>> ClaimAsync(Guid claimId, params TestConversation[] conversations) => _store.ClaimAsync(
        claimId, [.. conversations.Select(c => new Recipient(c.Organization.Number.Id, c.Contact.Id))], DateTime.UtcNow.AddMinutes(1), TestContext.Current.CancellationToken);

    private Task<IReadOnlyList<PartitionHead>> FindAsync(Dictionary<Guid, Guid> cursors, int page, params Guid[] skipped)
        => _store.FindAsync(cursors, skipped, page, TestContext.Current.CancellationToken);
}
