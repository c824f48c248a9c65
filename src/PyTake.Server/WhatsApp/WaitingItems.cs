using Npgsql;
using NpgsqlTypes;
using PyTake.Database;

namespace PyTake.WhatsApp;

/// <summary>
/// Webhook items that wait for something we do not have yet: a message by its wamid or its key, a number by its phone_number_id. The transaction that stores
/// it also makes these items due for a retry.
/// </summary>
internal static class WaitingItems
{
    /// <summary>
    /// The SQL that makes due what waits for numbers, to embed in a statement of the caller's where <c>n</c> has the saved numbers. What another
    /// organization has vouched for is not for them.
    /// </summary>
    public static readonly string MakeDueForNumbers = MakeDue(
        "array(select phone_number_id from n where is_active)", "(vouched_by is null or vouched_by in (select organization_id from n))");

    /// <summary>The SQL that makes them due, to embed in a statement of the caller's.</summary>
    /// <remarks>
    /// Skips items that another transaction has locked: it is processing them or making them due as well, and waiting for it could deadlock.
    /// </remarks>
    /// <param name="arrived">An SQL array of the wamids or phone_number_ids that have arrived.</param>
    /// <param name="which">A condition of SQL that they have to meet as well.</param>
    private static string MakeDue(string arrived, string which = "true") => $"""
        update webhook_items_set_aside
        set state = 'retry', due_at = now()
        where id = any(array(
            select id
            from webhook_items_set_aside
            where waits_for is not null and waits_for = any({arrived}) and state <> 'dead' and {which}
            for update skip locked))
        """;

    /// <summary>What to wait for until a message comes that is named by this wamid: it may come under another (<see cref="Wamid"/>).</summary>
    public static string KeyOf(string wamid) => Wamid.InnerKey(wamid) ?? wamid;

    /// <summary>A command for a transaction's last write that makes due what waits for messages.</summary>
    /// <param name="wamids">The messages that have arrived.</param>
    public static NpgsqlBatchCommand Arrived(IReadOnlyList<string> wamids)
    {
        var command = new NpgsqlBatchCommand(MakeDue("$1"));
        // Items that were deferred before there were keys wait for the whole.
        command.Add(NpgsqlDbType.Text, [.. wamids.Concat(wamids.Select(Wamid.InnerKey).OfType<string>())], key => key);
        return command;
    }
}
