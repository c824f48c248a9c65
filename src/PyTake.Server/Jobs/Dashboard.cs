using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.Authorization;

namespace PyTake.Jobs;

/// <summary>Hangfire's pages.</summary>
public static class Dashboard
{
    /// <summary>Where they are.</summary>
    public const string Path = "/hangfire";

    // For the whole process, so once.
    static Dashboard() => DashboardRoutes.AddStylesheet(typeof(Dashboard).Assembly, "dashboard.css");

    /// <summary>Maps them. They answer nobody until the caller has put a policy on what is returned.</summary>
    public static IEndpointConventionBuilder MapHangfireDashboard(this IEndpointRouteBuilder endpoints)
    {
        var options = new DashboardOptions
        {
            // Hangfire's default lets in whatever comes from this machine, which is everything that a proxy on it passes on.
            Authorization = [new BehindAPolicy()],
            AppPath = null,
            DashboardTitle = "PyTake",
            DisplayStorageConnectionString = false,
        };
        var pages = endpoints.CreateApplicationBuilder();
        pages.UsePathBase(Path);
        pages.UseMiddleware<AspNetCoreDashboardMiddleware>(endpoints.ServiceProvider.GetRequiredService<JobStorage>(), options, DashboardRoutes.Routes, true);
        return endpoints.Map(Path + "/{**path}", pages.Build());
    }

    private sealed class BehindAPolicy : IDashboardAuthorizationFilter
    {
        public bool Authorize(DashboardContext context)
            => context.GetHttpContext().GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is { Policy: not null };
    }
}
