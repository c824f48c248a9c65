using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace PyTake.Database;

/// <summary>What somebody who has taken over a node can do to the database: all tests' nodes have this role.</summary>
public sealed class NodeRoleTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    [Theory]
    [InlineData("create table mine (id int)")]
    [InlineData("create temporary table mine (id int)")]
    [InlineData("create schema mine")]
    [InlineData("create function mine() returns int language sql as 'select 1'")]
    [InlineData("create extension hstore")]
    [InlineData("create role mine superuser")]
    [InlineData("create database mine")]
    [InlineData("create table hangfire.mine (id int)")]
    [InlineData("drop table messages")]
    [InlineData("drop index messages_stream")]
    [InlineData("drop table hangfire.job cascade")]
    [InlineData("truncate messages")]
    [InlineData("alter table messages disable trigger all")]
    [InlineData("alter table users add column mine int")]
    [InlineData("create or replace function search_fold(words text) returns text language sql immutable as 'select 1::text'")]
    [InlineData("create trigger mine before insert on users execute function mine()")]
    [InlineData("insert into schema_migrations (name) values ('mine')")]
    [InlineData("delete from schema_migrations")]
    [InlineData("select rolpassword from pg_authid")]
    [InlineData("copy users to program 'cat'")]
    [InlineData("copy users to '/tmp/users'")]
    [InlineData("select pg_read_file('/etc/passwd')")]
    [InlineData("set session_replication_role = replica")]
    [InlineData("alter role current_user superuser")]
    public async Task It_may_not(string statement)
    {
        await using var nodes = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.NodeConnectionString) { Pooling = false });
        await using var command = nodes.CreateCommand(statement);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        // Insufficient privilege; what is not there for it to be found is as good.
        Assert.Contains(refused.SqlState, (string[])[PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.UndefinedFunction, PostgresErrorCodes.UndefinedFile]);
    }

    [Fact]
    public async Task It_reads_and_writes_what_a_later_migration_creates()
    {
        await _database.ExecuteAsync("create table later (id bigint generated always as identity primary key, text text)");
        await using var nodes = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.NodeConnectionString) { Pooling = false });
        await using var command = nodes.CreateCommand("insert into later (text) values ('a'); update later set text = 'b'; select text from later");

        Assert.Equal("b", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Migrate_says_so_where_the_owner_may_not_create_it_or_is_the_same()
    {
        var owner = $"owner_{Guid.NewGuid():N}";
        await _database.ExecuteAsync($"create role {owner} login password 'owner'; grant all on schema public to {owner}; grant all on all tables in schema public to {owner}");
        try
        {
            var theirs = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Username = owner, Password = "owner", Pooling = false }.ConnectionString;
            var nobody = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Username = "nobody_yet", Password = "x" }.ConnectionString;
            var (exitCode, output) = await ServerProcess.Run(["migrate"], ("ConnectionStrings:Owner", theirs), ("ConnectionStrings:Postgres", nobody));
            Assert.NotEqual(0, exitCode);
            Assert.Contains("names the role nobody_yet, which does not exist", output, StringComparison.Ordinal);

            (exitCode, output) = await ServerProcess.Run(["migrate"], ("ConnectionStrings:Owner", theirs), ("ConnectionStrings:Postgres", theirs));
            Assert.NotEqual(0, exitCode);
            Assert.Contains("name the same role", output, StringComparison.Ordinal);
        }
        finally
        {
            await _database.ExecuteAsync($"drop owned by {owner}; drop role {owner}");
        }
    }

    [Fact]
    public async Task A_node_whose_role_may_create_tables_says_so_and_starts()
    {
        var mighty = new Migrator(_database.Source, NullLogger<Migrator>.Instance);
        await using var nodes = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.NodeConnectionString) { Pooling = false });

        Assert.Equal("pytake", await mighty.MightyRoleAsync(CancellationToken.None));
        Assert.Null(await new Migrator(nodes, NullLogger<Migrator>.Instance).MightyRoleAsync(CancellationToken.None));

        await using var node = await NodeProcess.StartAsync(_database, ("ConnectionStrings:Postgres", _database.ConnectionString));
        Assert.Contains(node.Output, line => line.Contains("Role pytake may create and drop tables", StringComparison.Ordinal));
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        // Once more, because a copy of a database has the rights of its tables but not those of the original itself.
        var role = new NpgsqlConnectionStringBuilder(_database.NodeConnectionString);
        await using var owner = await _database.Source.OpenConnectionAsync();
        await NodeRole.GrantAsync(owner, role.Username!, role.Password, CancellationToken.None);
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();
}
