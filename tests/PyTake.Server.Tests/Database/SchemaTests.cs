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
