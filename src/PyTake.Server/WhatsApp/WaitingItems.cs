using Npgsql;
using NpgsqlTypes;
using PyTake.Database;

namespace PyTake.WhatsApp;

/// <summary>
/// Webhook items that wait for something that is not here yet: a message by its wamid, a number by its phone_number_id. Whatever stores such
/// a thing says so in the same transaction, and they are tried again.
/// </summary>
internal static class WaitingItems
{
    /// <summary>The statement that has them tried again, for a statement of the caller's own to contain.</summary>
    /// <remarks>One that another transaction holds is being worked on, or told the same: waiting for it could deadlock.</remarks>
    /// <param name="arrived">An SQL array of what they may wait for.</param>
    public static string SetGoing(string arrived) => $"""
        update webhook_items_set_aside
        set state = 'retry', due_at = now()
        where id = any(array(
            select id
            from webhook_items_set_aside
            where waits_for is not null and waits_for = any({arrived}) and state <> 'dead'
            for update skip locked))
        """;

    /// <summary>The same as a statement for a transaction's last write.</summary>
    public static NpgsqlBatchCommand Arrived(IReadOnlyList<string> arrived)
    {
        var command = new NpgsqlBatchCommand(SetGoing("$1"));
        command.Add(NpgsqlDbType.Text, arrived, key => key);
        return command;
    }
}
