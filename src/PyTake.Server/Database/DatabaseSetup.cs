using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Hosting;
using PyTake.Telemetry;

namespace PyTake.Database;

internal static class DatabaseSetup
{
    /// <summary>Registers PostgreSQL: one connection pool for the node, in which statements are prepared at their second use.</summary>
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        // Otherwise it logs the text of each statement.
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
        builder.Services.AddSettings<PostgresOptions>(PostgresOptions.Section);
        builder.Services.AddSingleton(services =>
        {
            var source = new NpgsqlDataSourceBuilder(ConnectionString(services.GetRequiredService<IOptions<PostgresOptions>>().Value.Postgres));
            source.UseLoggerFactory(services.GetService<ILoggerFactory>());
            // Metrics would show the connection string otherwise.
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
        // No reset is needed, because nothing here leaves state in a session: advisory locks end with their transaction.
        settings.TryAdd("No Reset On Close", true);
        // A node that is suspended in the middle of a transaction must not keep its rows and partitions locked for longer than this.
        // Statements with arrays are planned anew at each execution otherwise, which costs more than executing them; all of them are written so that
        // one plan suits every parameter.
        settings.TryAdd("Options", "-c idle_in_transaction_session_timeout=5000 -c plan_cache_mode=force_generic_plan");
        return settings.ConnectionString;
    }

    // Otherwise each of the queries that a node polls with, several times a second, would be a trace.
    private static void OnlyWithinTraces(NpgsqlTracingOptionsBuilder tracing) => tracing
        .ConfigureCommandFilter(_ => Tracing.Parent is not null)
        .ConfigureBatchFilter(_ => Tracing.Parent is not null)
        .EnablePhysicalOpenTracing(false);

    private static void TryAdd(this NpgsqlConnectionStringBuilder settings, string key, object value)
    {
        if (!settings.ShouldSerialize(key)) settings[key] = value;
    }
}
