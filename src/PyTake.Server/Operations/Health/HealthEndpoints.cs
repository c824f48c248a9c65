using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Json;

namespace PyTake.Operations;

/// <summary>For load balancers, orchestrators and people (CONTRACT, section 7).</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/health").WithTags("health").AllowAnonymous();
        group.MapGet("/", Report).Produces<HealthReport>().Produces<HealthReport>(503);
        group.MapGet("/live", Live);
        group.MapGet("/ready", Ready).Produces<HealthState>().Produces<HealthState>(503);
    }

    private static async Task<JsonHttpResult<HealthReport>> Report(Health health, CancellationToken cancellationToken)
    {
        var report = await health.ReportAsync(cancellationToken);
        return TypedResults.Json(report, Wire.Options, statusCode: report.Status == Health.Unhealthy ? 503 : 200);
    }

    private static Ok<HealthState> Live() => TypedResults.Ok(new HealthState("alive"));

    private static async Task<JsonHttpResult<HealthState>> Ready(Health health, Readiness readiness, CancellationToken cancellationToken)
    {
        var state = !readiness.WantsWork ? "starting or draining" : !await health.HasPostgresAsync(cancellationToken) ? "without PostgreSQL" : "ready";
        return TypedResults.Json(new HealthState(state), Wire.Options, statusCode: state == "ready" ? 200 : 503);
    }
}

/// <summary>One word for people; probes only use the status code.</summary>
public sealed record HealthState(string Status);
