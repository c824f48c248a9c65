using Dapper;
using Npgsql;

namespace PyTake.Accounts;

/// <summary>All SQL that writes organizations.</summary>
internal sealed class OrganizationStore(OpenInbox openInbox)
{
    /// <summary>Creates an organization and its inbox, unless it exists.</summary>
    public async Task AddAsync(NpgsqlTransaction transaction, Guid id, string name, CancellationToken cancellationToken)
    {
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "insert into organizations (id, name) values (@id, @name) on conflict do nothing",
            new { id, name }, transaction, cancellationToken: cancellationToken));
        await openInbox(transaction, id, cancellationToken);
    }
}
