using Npgsql;

namespace PyTake.Database;

/// <summary>Tables that a library brings along, made by <c>migrate</c> after our own.</summary>
/// <param name="Name">With the version; noted like a migration's, so that a new version is installed and nodes wait for it.</param>
/// <param name="Install">Brings whatever is there to that version. It commits what it does, and may be repeated.</param>
internal sealed record ForeignSchema(string Name, Action<NpgsqlConnection> Install);
