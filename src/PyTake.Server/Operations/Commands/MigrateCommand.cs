using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;

namespace PyTake.Operations;

internal static class MigrateCommand
{
    /// <summary>Whether the program was started as <c>migrate</c>.</summary>
    public static bool IsAskedBy(string[] args) => args is ["migrate", ..];

    /// <summary>
    /// Migrates the database, as its owner if ConnectionStrings:Owner names one, and then grants the nodes' role what it needs. Loads the demo data if that is
    /// configured.
    /// </summary>
    public static async Task MigrateAsync(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<PostgresOptions>>().Value is { Owner.Length: > 0 } roles)
            await app.Services.MigrateAsOwnerAsync(roles);
        else
            await app.Services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        if (app.Services.GetRequiredService<IOptions<DemoOptions>>().Value.Enabled)
            await app.Services.GetRequiredService<DemoData>().LoadAsync(CancellationToken.None);
        await app.DisposeAsync();
    }

    private static async Task MigrateAsOwnerAsync(this IServiceProvider services, PostgresOptions roles)
    {
        await using var owner = NpgsqlDataSource.Create(roles.Owner);
        var migrator = new Migrator(owner, services.GetRequiredService<ILogger<Migrator>>(), services.GetServices<ForeignSchema>());
        await migrator.MigrateAsync(CancellationToken.None);
        var nodes = new NpgsqlConnectionStringBuilder(roles.Postgres);
        await using var connection = await owner.OpenConnectionAsync();
        await NodeRole.GrantAsync(connection, nodes.Username!, nodes.Password, CancellationToken.None);
    }
}
