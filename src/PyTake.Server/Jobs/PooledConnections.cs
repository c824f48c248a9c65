using Hangfire.PostgreSql;
using Npgsql;

namespace PyTake.Jobs;

/// <summary>Hangfire's connections come out of the node's own pool.</summary>
internal sealed class PooledConnections(NpgsqlDataSource db) : IConnectionFactory
{
    public NpgsqlConnection GetOrCreateConnection() => db.CreateConnection();
}
