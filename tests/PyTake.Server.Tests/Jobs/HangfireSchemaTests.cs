using Microsoft.Extensions.Logging.Abstractions;
using PyTake.Database;

namespace PyTake.Jobs;

public sealed class HangfireSchemaTests
{
    [Fact]
    public async Task Migrate_installs_the_schema_once_and_a_node_waits_for_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("drop schema hangfire cascade; delete from schema_migrations where name = @Name", new { HangfireSchema.Name });
        var migrator = new Migrator(database.Source, NullLogger<Migrator>.Instance, [HangfireSchema.Tables]);
        Assert.Equal([HangfireSchema.Name], await migrator.MissingAsync(CancellationToken.None));

        Assert.Equal(1, await migrator.MigrateAsync(CancellationToken.None));
        Assert.Equal(0, await migrator.MigrateAsync(CancellationToken.None));
        Assert.Empty(await migrator.MissingAsync(CancellationToken.None));
        Assert.Equal(HangfireSchema.Name, "hangfire-" + await database.SingleAsync<int>("select version from hangfire.schema"));
    }
}
