using Npgsql;
using PyTake.Database;

namespace PyTake.Conversations;

/// <summary>Begins transactions on conversations; see <see cref="StreamTransaction"/>.</summary>
public sealed class ConversationStreams(NpgsqlDataSource db, IEnumerable<ICommitListener> listeners, TimeProvider time)
{
    private readonly ICommitListener[] _listeners = [.. listeners];

    /// <summary>A transaction that has locked no conversation yet.</summary>
    public async Task<StreamTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var connection = await db.OpenConnectionAsync(cancellationToken);
        try
        {
            return Join(await connection.BeginTransactionAsync(cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Continues a transaction of the caller's, which it will commit together with its own changes.</summary>
    public StreamTransaction Join(NpgsqlTransaction transaction)
        => new(new StreamWriter(transaction.Connection!, transaction), _listeners, time.UtcNow());

    /// <summary>A transaction that has locked these conversations.</summary>
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
