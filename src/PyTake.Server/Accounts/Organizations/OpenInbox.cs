using Npgsql;

namespace PyTake.Accounts;

/// <summary>Creates an organization's inbox, in the transaction that creates the organization. Implemented by the conversations.</summary>
internal delegate Task OpenInbox(NpgsqlTransaction transaction, Guid organizationId, CancellationToken cancellationToken);
