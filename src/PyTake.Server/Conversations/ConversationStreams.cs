using Npgsql;
using PyTake.Database;
using PyTake.Realtime;

namespace PyTake.Conversations;

/// <summary>Begins transactions on conversations; see <see cref="StreamTransaction"/>.</summary>
public sealed class ConversationStreams(NpgsqlDataSource db, ChangePublisher publisher, TimeProvider time)
{
    /// <summary>A transaction with no conversation locked yet.</summary>
    public async Task<StreamTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var connection = await db.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            return new StreamTransaction(new StreamWriter(connection, transaction), publisher, time.UtcNow());
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A transaction that holds these conversations.</summary>
    public async Task<StreamTransaction> BeginAsync(IReadOnlyCollection<Guid> conversationIds, CancellationToken cancellationToken)
    {
        var transaction = await BeginAsync(cancellationToken);
        try
        {
            await transaction.LockAsync(conversationIds, cancellationToken);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }
}
