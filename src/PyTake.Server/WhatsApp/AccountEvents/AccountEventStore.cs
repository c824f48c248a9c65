using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.WhatsApp.AccountEvents;

/// <summary>All SQL of account events.</summary>
internal sealed class AccountEventStore(NpgsqlDataSource db, NodeBus bus)
{
    private const int KeptDays = 180;

    /// <summary>Stores an event for each organization whose account it is; one that Meta repeats is stored once. The caller commits.</summary>
    /// <param name="vouchedBy">The organization whose own app secret signed it, for which alone it is stored then.</param>
    /// <param name="place">Its place among those of the transaction, which decides their order.</param>
    /// <returns>False if the account is nobody's here.</returns>
    public async Task<bool> AddAsync(StreamTransaction transaction, NewAccountEvent news, Guid? vouchedBy, int place, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into account_events (id, organization_id, whatsapp_number_id, waba_id, field, event, value, occurred_at, created_at, digest)
            values (@id, @organization,
                (select id from whatsapp_numbers
                 where organization_id = @organization and regexp_replace(phone_number, '\D', '', 'g') = @number
                 limit 1),
                @WabaId, @Field, @Event, @value::jsonb, @OccurredAt, @Now, @digest)
            on conflict (organization_id, digest) do nothing
            """;

        var organizations = await OrganizationsAsync(transaction, news.WabaId, vouchedBy, cancellationToken);
        foreach (var organization in organizations)
        {
            var id = Guid.CreateVersion7(transaction.Now.AddMilliseconds(place));
            var added = await transaction.Connection.ExecuteAsync(new CommandDefinition(Sql, new
            {
                id,
                organization,
                number = news.DisplayPhoneNumber is { } shown ? string.Concat(shown.Where(char.IsAsciiDigit)) : null,
                news.WabaId,
                news.Field,
                news.Event,
                value = news.Value.Text,
                news.OccurredAt,
                transaction.Now,
                digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{news.WabaId} {news.Field} {news.Said} {news.Value.Text}")),
            }, transaction.Transaction, cancellationToken: cancellationToken));
            if (added > 0) transaction.AfterCommit(() => bus.Publish(AccountNews.Topic, new AccountNews(organization, id).ToHint()));
        }
        return organizations.Length > 0;
    }

    /// <summary>A page of an organization's events, newest first.</summary>
    /// <param name="before">The last event of the previous page.</param>
    public async Task<IReadOnlyList<AccountEvent>> ListAsync(Guid organizationId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, whatsapp_number_id, waba_id, field, event, value, occurred_at, created_at
            from account_events
            where organization_id = @organizationId and (@before::uuid is null or id < @before)
            order by id desc
            limit @limit
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<AccountEvent>(
            new CommandDefinition(Sql, new { organizationId, before, limit }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Deletes events of more than half a year ago, in small batches.</summary>
    public async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            delete from account_events
            where id = any(array(select id from account_events where created_at < now() - make_interval(days => @KeptDays) limit 1000))
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        while (await connection.ExecuteAsync(new CommandDefinition(Sql, new { KeptDays }, cancellationToken: cancellationToken)) == 1000) { }
    }

    // Those whose numbers Meta itself has named together with the account; else the only one that says that it is theirs, since an administrator may
    // write anything; else, where one organization alone has numbers here, that one. An organization's own app secret speaks for nobody else.
    private static async Task<Guid[]> OrganizationsAsync(
        StreamTransaction transaction, string wabaId, Guid? vouchedBy, CancellationToken cancellationToken)
    {
        const string Sql = """
            with numbers as (select organization_id, waba_id, is_waba_confirmed from whatsapp_numbers where is_active),
            confirmed as (select distinct organization_id from numbers where waba_id = @wabaId and is_waba_confirmed),
            claimed as (select distinct organization_id from numbers where waba_id = @wabaId),
            all_here as (select distinct organization_id from numbers)
            select organization_id from confirmed where @vouchedBy::uuid is null
            union all
            select organization_id from claimed where @vouchedBy::uuid is null and not exists (select from confirmed) and (select count(*) from claimed) = 1
            union all
            select organization_id from all_here where @vouchedBy::uuid is null and not exists (select from claimed) and (select count(*) from all_here) = 1
            union all
            select organization_id from claimed where organization_id = @vouchedBy::uuid
            """;

        return [.. await transaction.Connection.QueryAsync<Guid>(
            new CommandDefinition(Sql, new { wabaId, vouchedBy }, transaction.Transaction, cancellationToken: cancellationToken))];
    }
}
