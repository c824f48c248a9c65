using Npgsql;

namespace PyTake.Database;

/// <summary>Tables of a library, created by <c>migrate</c> after our own.</summary>
/// <param name="Name">Includes the version and is recorded like a migration's, so that a new version is installed and nodes wait for it.</param>
/// <param name="Install">Installs or upgrades to that version. It commits its own work and is idempotent.</param>
internal sealed record ForeignSchema(string Name, Action<NpgsqlConnection> Install);
