using Microsoft.Extensions.Logging.Abstractions;
using PyTake.WhatsApp;

namespace PyTake.Database;

/// <summary>What 0009_identity makes of a database of the version before.</summary>
public sealed class IdentityMigrationTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _organization = null!;

    [Fact]
    public async Task A_mobile_that_shared_its_key_with_a_landline_is_still_found_and_the_landline_is_somebody_else()
    {
        await AddAsync("5511931650801", "551131650801");
        await MigrateAsync();

        await Meta.Deliver(_node, Meta.Text(_organization.Number, "5511931650801", "Maria"), Meta.Text(_organization.Number, "551131650801", "padaria"),
            Meta.Text(_organization.Number, "5511931650801", "Maria"), Meta.Text(_organization.Number, "551131650801", "padaria"));

        Assert.Equal([("551131650801", 2L), ("5511931650801", 2L)], await _database.QueryAsync<(string, long)>("""
            select k.whatsapp_id, count(*)
            from messages m join conversations c on c.id = m.conversation_id join contacts k on k.id = c.contact_id
            group by k.whatsapp_id
            order by k.whatsapp_id
            """));
    }

    [Fact]
    public async Task What_is_known_of_former_numbers_becomes_visible()
    {
        await AddAsync("5511955550002", "551155550002", "551155550001");
        await AddAsync("5215512345678", "525512345678");
        await MigrateAsync();

        Assert.Equal(["+551155550001", null], await _database.QueryAsync<string?>("select former_numbers from contacts order by whatsapp_id desc"));
    }

    [Fact]
    public async Task The_database_finds_the_same_key_in_an_id_as_the_program()
    {
        foreach (var wamid in WamidTests.Samples)
        {
            var key = await _database.SingleAsync<string>("select wamid_key(@wamid)", new { wamid });
            if (Wamid.InnerKey(wamid) is { } expected && wamid.EndsWith('=') | wamid.Length % 4 == 2) Assert.Equal(expected, key);
        }
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database);
        _organization = await Given.Organization(_node);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    private Task AddAsync(string number, params string[] keys) => _database.ExecuteAsync("""
        with contact as (
            insert into contacts (id, organization_id, whatsapp_id, phone_number) values (gen_random_uuid(), @organization, @number, '+' || @number)
            returning id
        )
        insert into contact_identities (organization_id, kind, value, contact_id) select @organization, 'phone', key, id from contact, unnest(@keys) as key
        """, new { organization = _organization.Id, number, keys });

    private async Task MigrateAsync()
    {
        await _database.ExecuteAsync("""
            drop index messages_wamid_key;
            delete from schema_migrations where name = '0009_identity'
            """);
        Assert.Equal(1, await new Migrator(_database.Source, NullLogger<Migrator>.Instance).MigrateAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, await _database.SingleAsync<int>("select count(*)::int from pg_indexes where indexname = 'messages_wamid_key'"));
    }
}
