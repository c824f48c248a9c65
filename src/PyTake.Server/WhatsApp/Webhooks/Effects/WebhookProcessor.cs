using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Json;
using PyTake.WhatsApp.AccountEvents;
using PyTake.WhatsApp.Files;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Turns stored updates into messages, statuses and conversations, a whole batch with a handful of statements.</summary>
internal sealed class WebhookProcessor(StopNotices notices, AccountEventStore accounts, WebhookMetrics metrics, DownloadSignal downloads, IOptions<WebhookOptions> options)
{
    private static readonly TimeSpan[] UnmatchedPauses =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)];

    /// <summary>Applies items that were taken in this transaction; the caller commits.</summary>
    /// <param name="transaction">With what <paramref name="lookup"/> has locked.</param>
    /// <param name="items">In the order of arrival.</param>
    /// <param name="lookup">What they refer to, or more.</param>
    /// <param name="cancellationToken">Cancels it; the caller must not commit then.</param>
    /// <returns>False if the items have to be processed one by one; the caller must not commit then.</returns>
    public async Task<bool> ApplyAsync(
        StreamTransaction transaction, IReadOnlyList<WebhookItem> items, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        var updates = items.Select(item => Read(item, lookup)).ToArray();
        if (updates.Any(u => u is IdentityChanged or MarketingPreference)) return false;
        await lookup.LoadUserIdsAsync(transaction, updates, cancellationToken);
        await ApplyAsync(transaction, items, updates, lookup, cancellationToken);
        return true;
    }

    /// <summary>Applies an item that may do what must not share a transaction with others; the caller commits.</summary>
    /// <param name="transaction">With nothing locked but the item's partition.</param>
    /// <param name="item">Taken in this transaction.</param>
    /// <param name="cancellationToken">Cancels it; the caller must not commit then.</param>
    public async Task ApplyAsync(StreamTransaction transaction, WebhookItem item, CancellationToken cancellationToken)
    {
        var lookup = await CustomerLookup.RunAsync(transaction, [item], cancellationToken);
        var update = Read(item, lookup);
        await lookup.LoadUserIdsAsync(transaction, [update], cancellationToken);
        await ApplyAloneAsync(transaction, update, lookup, cancellationToken);
        await ApplyAsync(transaction, [item], [update], lookup, cancellationToken);
    }

    private async Task ApplyAsync(
        StreamTransaction transaction, IReadOnlyList<WebhookItem> items, WebhookUpdate[] updates, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        var customers = new CustomerWriter(transaction, lookup);
        var renamed = await customers.RunAsync(updates, cancellationToken);
        await AddressBook.ApplyAsync(transaction, updates, lookup, customers, cancellationToken);
        var conversations = updates.Select(lookup.ConversationOf).OfType<Guid>().Concat(lookup.ConversationsOf(updates)).Distinct()
            .Where(id => transaction.Find(id) is null).ToArray();
        await transaction.LockAsync(conversations, cancellationToken);
        await OwnEchoes.FindAsync(transaction, updates, lookup, cancellationToken);
        await transaction.LoadAsync([.. lookup.MessagesOf(updates)], cancellationToken);

        foreach (var id in renamed)
            if (transaction.Find(id) is { } conversation) transaction.Update(conversation);

        WebhookTrace.Begin(items, updates);
        var effects = new WebhookEffects(transaction, lookup, notices, downloads);
        var deferred = new List<DeferredItem>();
        for (var i = 0; i < updates.Length; i++)
        {
            transaction.Trace = items[i].Span?.Context ?? default;
            if (updates[i] is AccountNotice notice && await accounts.AddAsync(transaction, notice.News, items[i].VouchedBy, place: i, cancellationToken)) continue;
            if (DeferEarly(items[i], updates[i], lookup, transaction.Now) is { } early) deferred.Add(early);
            else if (effects.Apply(updates[i]) is { } missing) deferred.Add(Unmatched(items[i], missing, transaction.Now));
        }
        await effects.FinishAsync(cancellationToken);
        await DeferredItems.InsertAsync(transaction.Connection, transaction.Transaction, deferred, cancellationToken);
        foreach (var item in deferred) transaction.AfterCommit(() => metrics.Deferred(item.State));
    }

    private static WebhookUpdate Read(WebhookItem item, CustomerLookup lookup) => item.Update switch
    {
        // The number has changed hands since it was signed. An account's news name no number; where they go is decided when they are stored.
        var update when update is not (AccountNotice or Nothing) && item.VouchedBy is { } voucher && lookup.Number(update.PhoneNumberId) is { } number
            && number.OrganizationId != voucher
            => new NotUnderstood(update.PhoneNumberId, update.OccurredAt,
                $"An organization's own app secret vouches for this, and phone number {update.PhoneNumberId} is another organization's now"),
        // It does not belong in the conversation with its sender.
        MessageReceived { Meta: { } meta } message when IsOfGroup(meta)
            => new NotUnderstood(message.PhoneNumberId, message.OccurredAt, "Group messages are not handled"),
        var update => update,
    };

    private static bool IsOfGroup(RawJson meta)
    {
        if (!meta.Text.Contains("\"group_id\"", StringComparison.Ordinal)) return false;
        using var document = meta.Parse();
        return document.RootElement.TryGetProperty("group_id", out _);
    }

    private static Task ApplyAloneAsync(StreamTransaction transaction, WebhookUpdate update, CustomerLookup lookup, CancellationToken cancellationToken)
        => update switch
        {
            IdentityChanged change => IdentityChange.ApplyAsync(transaction, change, lookup, cancellationToken),
            MarketingPreference preference => PreferAsync(transaction, preference, lookup, cancellationToken),
            _ => Task.CompletedTask,
        };

    // It counts before the customer's first message here as well. The list shows it with all of their conversations.
    private static async Task PreferAsync(StreamTransaction transaction, MarketingPreference preference, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        if (lookup.Number(preference.PhoneNumberId) is not { } number) return;
        var contact = lookup.Contact(number.OrganizationId, preference.Customer)
            ?? await new CustomerWriter(transaction, lookup).CreateAsync(number.OrganizationId, preference.Customer, cancellationToken);
        var conversations = await ConversationStore.OfContactAsync(transaction, number.OrganizationId, contact, cancellationToken);
        await transaction.LockAsync(conversations, cancellationToken);
        await ContactStore.PreferAsync(transaction, contact, preference.Stopped, preference.OccurredAt, cancellationToken);
        foreach (var id in conversations) transaction.Update(transaction[id]);
    }

    private DeferredItem? DeferEarly(WebhookItem item, WebhookUpdate update, CustomerLookup lookup, DateTime now)
    {
        return update switch
        {
            NotUnderstood not => Parked(not.Reason),
            Nothing => null,
            AccountNotice notice => Parked($"Account {notice.News.WabaId} is of no organization here, or several say that it is theirs"),
            { PhoneNumberId: null } => Parked("The update names no phone number"),
            _ when lookup.Number(update.PhoneNumberId) is null
                => Parked($"Phone number {update.PhoneNumberId} is in use by no organization here", waitsFor: update.PhoneNumberId),
            _ => null,
        };

        DeferredItem Parked(string reason, string? waitsFor = null)
            => DeferredItem.Park(item, reason, now, options.Value.DeferredDays, waitsFor);
    }

    // Its message may still arrive, or may never have been ours (another app, the phone): retried for a while, then kept for a week.
    private DeferredItem Unmatched(WebhookItem item, string wamid, DateTime now)
    {
        var again = item.Attempts < UnmatchedPauses.Length;
        return new(item, again ? DeferredItem.Retry : DeferredItem.Parked, "It is about a message that is not here", WaitingItems.KeyOf(wamid),
            again ? now + UnmatchedPauses[item.Attempts] : null, now + TimeSpan.FromDays(options.Value.UnmatchedDays));
    }
}
