namespace PyTake.Simulator;

internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app) =>
        app.MapGet("/health", () => TypedResults.Ok(new { Status = "ok" }));
}
