using Npgsql;

namespace PyTake.Accounts;

/// <summary>
/// Commits a transaction that took a user's right to answer customers. In it, the conversations that the user had in hand go back to the queue,
/// so that nobody is left waiting for somebody who is gone. Implemented by the conversations.
/// </summary>
internal delegate Task GiveBackConversations(NpgsqlTransaction transaction, User user, CancellationToken cancellationToken);
