using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.Jobs;

/// <summary>Hangfire as the engine.</summary>
internal static class HangfireEngine
{
    /// <summary>Hangfire's tables.</summary>
    public static ForeignSchema Schema { get; } = new(HangfireSchema.Name, HangfireSchema.Install);

    public static void AddHangfireEngine(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(Schema);
        services.AddHangfireJobs(s => SettingsOf(s.GetRequiredService<IOptions<NodeOptions>>().Value, s.GetRequiredService<IOptions<JobOptions>>().Value));
        services.AddClockwork(work => work.OnEachNode);
        services.AddDashboardSession();
    }

    /// <summary>The dashboard and the way in, where Hangfire is the engine.</summary>
    public static void MapHangfire(this WebApplication app)
    {
        if (app.Services.GetService<HangfireSettings>() is null) return;
        app.MapHangfireDashboard().RequireAuthorization(DashboardSession.Policy);
        app.MapDashboardSession();
    }

    private static HangfireSettings SettingsOf(NodeOptions node, JobOptions jobs) => new(node.Name, jobs.Linger, jobs.InvisibilityTimeout);
}
