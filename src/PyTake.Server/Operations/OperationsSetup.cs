using StackExchange.Redis;

namespace PyTake.Operations;

internal static class OperationsSetup
{
    /// <summary>What operators see of a node: its health, and the description of its API.</summary>
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        var postgres = builder.Configuration.GetConnectionString("Postgres")!;
        builder.Services.AddSingleton(services => new Health(postgres, () => services.GetService<IConnectionMultiplexer>() is { IsConnected: true }));
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddApiDescription();
    }

    /// <summary>/health and /openapi/v1.json.</summary>
    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        app.MapHealth();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
    }
}
