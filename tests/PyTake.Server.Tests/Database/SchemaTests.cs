using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace PyTake.Database;

public sealed partial class SchemaTests : IAsyncLifetime
{
    private readonly string _name = $"pytake_test_{Guid.NewGuid():N}";
    private NpgsqlDataSource _server = null!;
    private NpgsqlDataSource _empty = null!;

    private string ConnectionString => new NpgsqlConnectionStringBuilder(TestEnvironment.Postgres) { Database = _name, Pooling = false }.ConnectionString;

    [Fact]
    public async Task A_node_stops_when_nobody_migrates_and_names_what_is_missing()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Check(new HurriedClock(() => { })).StartAsync(CancellationToken.None));

        Assert.Contains("0001_accounts", refused.Message, StringComparison.Ordinal);
        Assert.Contains("migrate", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_waits_for_migrations_stops_cleanly_when_it_is_asked_to()
    {
        await using var database = TestDatabase.At(ConnectionString, _name);
        using var process = ServerProcess.Start([], [.. TestNode.Usual(database).Select(s => (s.Key, s.Value))]);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("Waiting for migrations", StringComparison.Ordinal)) ;
            await ServerProcess.TerminateAsync(process);

            Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    public async Task A_node_starts_on_a_schema_that_is_newer_than_its_own()
    {
        await Migrator().MigrateAsync(CancellationToken.None);
        await using var connection = await _empty.OpenConnectionAsync(CancellationToken.None);
        await connection.ExecuteAsync("alter table messages add column of_the_next_version int; insert into schema_migrations (name) values ('9999_of_the_next_version')");

        await Check(TimeProvider.System).StartAsync(CancellationToken.None);

        Assert.Equal(0, await Migrator().MigrateAsync(CancellationToken.None));
    }

    [Fact]
    public void Migrations_take_nothing_away_that_the_version_before_uses()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src", "PyTake.Server", "Database", "Migrations"), "*.sql").Order().ToArray();

        Assert.NotEmpty(files);
        Assert.Equal(files.Length, files.Select(f => Path.GetFileName(f)[..4]).Distinct().Count());
        foreach (var statement in files.SelectMany(f => File.ReadAllText(f).Split(';')))
            if (TakesAway().IsMatch(statement))
                Assert.Contains("-- Unused since ", statement, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alter table messages drop column meta")]
    [InlineData("DROP TABLE messages")]
    [InlineData("alter table messages rename column meta to data")]
    [InlineData("alter table messages alter column meta type text")]
    [InlineData("alter table messages alter column meta set not null")]
    public void What_takes_something_away_is_noticed(string statement) => Assert.Matches(TakesAway(), statement);

    [Fact]
    public async Task A_node_waits_for_migrations_that_are_running()
        => await Check(new HurriedClock(() => Migrator().MigrateAsync(CancellationToken.None).GetAwaiter().GetResult())).StartAsync(CancellationToken.None);

    [Theory]
    [InlineData("select pg_advisory_xact_lock(5798758772606566401)")]
    [InlineData("create table organizations ()")]
    public async Task A_migration_never_times_out_nor_does_its_wait_for_another(string hindrance)
    {
        await using var hasty = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { CommandTimeout = 1 });
        await using var another = await _empty.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await another.BeginTransactionAsync(CancellationToken.None);
        await another.ExecuteAsync(hindrance);

        var migrating = new Migrator(hasty, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
        await another.ExecuteAsync("select pg_sleep(1.5)");
        await transaction.RollbackAsync(CancellationToken.None);

        Assert.True(await migrating > 0);
    }

    [Fact]
    public async Task A_role_that_may_create_no_extensions_migrates_a_database_that_has_them()
    {
        var role = $"{_name}_owner";
        await using var connection = await _empty.OpenConnectionAsync(CancellationToken.None);
        await connection.ExecuteAsync($"""
            create extension pg_trgm;
            create extension btree_gin;
            create role {role} login password 'owner';
            grant all on schema public to {role};
            """);
        try
        {
            await using var theirs = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(ConnectionString) { Username = role, Password = "owner", Pooling = false });
            await new Migrator(theirs, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);

            await using var search = theirs.CreateCommand("select to_tsvector('simple', search_fold(message_words('text', '{\"text\":\"AÇÃO ΆΝΝΑ\"}'))) @@ search_query('acao αννα')");
            Assert.Equal(true, await search.ExecuteScalarAsync(CancellationToken.None));
        }
        finally
        {
            await connection.ExecuteAsync($"drop owned by {role} cascade; drop role {role}");
        }
    }

    [Fact]
    public async Task What_an_interrupted_migration_left_unfinished_is_made_again()
    {
        await Migrator().MigrateAsync(CancellationToken.None);
        await using var connection = await _empty.OpenConnectionAsync(CancellationToken.None);
        await connection.ExecuteAsync("""
            update pg_index set indisvalid = false where indexrelid in ('messages_words'::regclass, 'conversations_waiting'::regclass);
            delete from schema_migrations where name = '0012_inbox';
            """);

        Assert.Equal(1, await Migrator().MigrateAsync(CancellationToken.None));

        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from pg_index where not indisvalid"));
        Assert.Equal(4, await connection.ExecuteScalarAsync<long>(
            "select count(*) from pg_class where relname in ('messages_words', 'contacts_words', 'conversations_waiting', 'conversations_failed')"));
    }

    [Fact]
    public async Task Two_that_migrate_at_once_do_not_wait_for_each_other_for_ever()
    {
        var ran = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Migrator().MigrateAsync(CancellationToken.None)));

        Assert.Equal([0, 0], ran.Order().Take(2));
    }

    [Fact]
    public async Task Who_waits_and_what_failed_is_known_of_what_was_there_before_and_what_was_orphaned_is_given_back()
    {
        await Migrator().MigrateAsync(CancellationToken.None);
        await using var connection = await _empty.OpenConnectionAsync(CancellationToken.None);
        var (organization, gone, viewer, agent) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await connection.ExecuteAsync("""
            insert into organizations (id, name) values (@organization, 'Old');
            insert into inbox_counters (organization_id, inbox_seq) values (@organization, 40);
            insert into users (id, organization_id, email, password_hash, full_name, role, is_active) values
                (@gone, @organization, @gone::text, '', 'Gone', 'agent', false),
                (@viewer, @organization, @viewer::text, '', 'Viewer', 'viewer', true),
                (@agent, @organization, @agent::text, '', 'Agent', 'agent', true);
            insert into whatsapp_numbers (id, organization_id, phone_number_id, phone_number, display_name, access_token)
            values (@organization, @organization, '1', '1', 'Old', '');
            insert into contacts (id, organization_id, name, whatsapp_id)
            select gen_random_uuid(), @organization, name, name from unnest(array['gone', 'viewer', 'agent', 'closed']) as name;
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, status, assigned_agent_id, inbox_seq, last_inbound_at, last_outbound_at)
            select gen_random_uuid(), @organization, id, @organization, case when name = 'closed' then 'closed' else 'open' end,
                case name when 'agent' then @agent when 'viewer' then @viewer else @gone end, row_number() over (order by name), '2026-03-01 12:05Z', '2026-03-01 12:00Z'
            from contacts;
            insert into messages (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, inbound_number, direction, sender_type, message_type,
                content, status, occurred_at, created_at)
            select gen_random_uuid(), @organization, c.id, @organization, n, n, case when n <> 2 then n end, case when n = 2 then 'outbound' else 'inbound' end,
                case when n = 2 then 'agent' else 'contact' end, 'text', '{"text":"oi"}', case when n = 2 then 'failed' else 'received' end,
                timestamptz '2026-03-01 11:58Z' + n * interval '1 minute', now()
            from conversations c, generate_series(1, 7) n;
            delete from schema_migrations where name = '0012_inbox';
            """, new { organization, gone, viewer, agent });

        await Migrator().MigrateAsync(CancellationToken.None);

        var rows = (await connection.QueryAsync<(string Name, Guid? Agent, long Seq, DateTime? Since, int Failed)>("""
            select k.name, c.assigned_agent_id, c.inbox_seq, c.waiting_since, c.failed_count
            from conversations c join contacts k on k.id = c.contact_id
            """)).ToDictionary(r => r.Name);
        Assert.Equal((null, null, agent, gone), (rows["gone"].Agent, rows["viewer"].Agent, rows["agent"].Agent, rows["closed"].Agent));
        Assert.Equal([41L, 42L], new[] { rows["gone"].Seq, rows["viewer"].Seq }.Order());
        Assert.Equal(42, await connection.ExecuteScalarAsync<long>("select inbox_seq from inbox_counters"));
        Assert.Equal(new DateTime(2026, 3, 1, 12, 1, 0, DateTimeKind.Utc), rows["agent"].Since);
        Assert.Null(rows["closed"].Since);
        Assert.All(rows.Values, r => Assert.Equal(1, r.Failed));
    }

    [Fact]
    public async Task The_program_can_migrate_and_load_the_demo_repeatedly()
    {
        Assert.Equal(0, await RunMigrate());
        Assert.Equal(0, await RunMigrate());

        await using var command = _empty.CreateCommand("select count(*) from users where email in ('admin@pytake.com', 'agent@pytake.com')");
        Assert.Equal(2L, await command.ExecuteScalarAsync(CancellationToken.None));
    }

    public async ValueTask InitializeAsync()
    {
        _server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(TestEnvironment.Postgres) { Database = "postgres" });
        await using var command = _server.CreateCommand($"create database {_name}");
        await command.ExecuteNonQueryAsync();
        _empty = NpgsqlDataSource.Create(ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _empty.DisposeAsync();
        await using (var command = _server.CreateCommand($"drop database {_name} with (force)")) await command.ExecuteNonQueryAsync();
        await _server.DisposeAsync();
    }

    [GeneratedRegex(@"\b(drop|rename|truncate|set\s+not\s+null|alter\s+column\s+\w+\s+(set\s+data\s+)?type)\b", RegexOptions.IgnoreCase)]
    private static partial Regex TakesAway();

    private SchemaCheck Check(TimeProvider time) => new(Migrator(), time, NullLogger<SchemaCheck>.Instance);

    private Migrator Migrator()
    {
        DapperMappings.Register();
        return new Migrator(_empty, NullLogger<Migrator>.Instance);
    }

    private async Task<int> RunMigrate()
    {
        var (exitCode, _) = await ServerProcess.Run(["migrate"],
            ("ConnectionStrings:Postgres", ConnectionString), ("ConnectionStrings:Redis", TestEnvironment.Redis), ("Demo:Enabled", "true"),
            ("Accounts:SigningKey", TestNode.SigningKey), ("Encryption:Keys:0", Convert.ToBase64String(new byte[32])));
        return exitCode;
    }

    /// <summary>A clock whose timers fire at once, after running an action.</summary>
    private sealed class HurriedClock(Action meanwhile) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            meanwhile();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
