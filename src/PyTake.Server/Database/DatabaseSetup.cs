using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Hosting;
using PyTake.Telemetry;

namespace PyTake.Database;

internal static class DatabaseSetup
{
    /// <summary>PostgreSQL for everyone: one pool of connections, statements prepared once they are used twice.</summary>
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        // Each statement's text otherwise.
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
        builder.Services.AddSettings<PostgresOptions>(PostgresOptions.Section);
        builder.Services.AddSingleton(services =>
        {
            var source = new NpgsqlDataSourceBuilder(ConnectionString(services.GetRequiredService<IOptions<PostgresOptions>>().Value.Postgres));
            source.UseLoggerFactory(services.GetService<ILoggerFactory>());
            // In metrics, instead of the connection string.
            source.Name = "pytake";
            source.ConfigureTracing(OnlyWithinTraces);
            return source.Build();
        });
        builder.Services.AddSingleton<Migrator>();
        builder.Services.AddHostedService<SchemaCheck>();
        builder.Services.AddSettings<DemoOptions>(DemoOptions.Section);
        DapperMappings.Register();
    }

    private static string ConnectionString(string setting)
    {
        var settings = new NpgsqlConnectionStringBuilder(setting);
        settings.TryAdd("Max Auto Prepare", 200);
        settings.TryAdd("Auto Prepare Min Usages", 2);
        settings.TryAdd("Application Name", "pytake");
        // Nothing here leaves anything behind in a session: advisory locks end with their transaction.
        settings.TryAdd("No Reset On Close", true);
        // A node that is halted in the middle of a transaction must not hold its rows and partitions for longer than that.
        settings.TryAdd("Options", "-c idle_in_transaction_session_timeout=5000");
        return settings.ConnectionString;
    }

    // What a node asks on its own, several times a second, would be a trace each time.
    private static void OnlyWithinTraces(NpgsqlTracingOptionsBuilder tracing) => tracing
        .ConfigureCommandFilter(_ => Tracing.Parent is not null)
        .ConfigureBatchFilter(_ => Tracing.Parent is not null)
        .EnablePhysicalOpenTracing(false);

    private static void TryAdd(this NpgsqlConnectionStringBuilder settings, string key, object value)
    {
        if (!settings.ShouldSerialize(key)) settings[key] = value;
    }
}
