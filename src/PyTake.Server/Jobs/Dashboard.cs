using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.Authorization;

namespace PyTake.Jobs;

/// <summary>Hangfire's pages, with figures and a page of PyTake's own.</summary>
public static class Dashboard
{
    /// <summary>Where they are.</summary>
    public const string Path = "/hangfire";

    // Hangfire keeps these for the whole process, which may be several nodes: whose figures they show is found with each request.
    static Dashboard()
    {
        foreach (var metric in DashboardMetricsOfWork.All) GlobalConfiguration.Configuration.UseDashboardMetric(metric);
        DashboardRoutes.Routes.AddRazorPage(PartitionsPage.Path, _ => new PartitionsPage());
        NavigationMenu.Items.Add(page => new MenuItem(PartitionsPage.Title, page.Url.To(PartitionsPage.Path))
        {
            Active = page.RequestPath.StartsWith(PartitionsPage.Path, StringComparison.OrdinalIgnoreCase),
            Metric = DashboardMetricsOfWork.Waiting,
        });
        DashboardRoutes.AddStylesheet(typeof(Dashboard).Assembly, "dashboard.css");
        DashboardRoutes.AddStylesheetDarkMode(typeof(Dashboard).Assembly, "dashboard-dark.css");
        DashboardRoutes.AddJavaScript(typeof(Dashboard).Assembly, "dashboard.js");
    }

    /// <summary>Maps them. They answer nobody until the caller has put a policy on what is returned.</summary>
    /// <param name="endpoints">The node's.</param>
    /// <param name="back">Where the way back leads.</param>
    public static IEndpointConventionBuilder MapHangfireDashboard(this IEndpointRouteBuilder endpoints, string back)
    {
        var options = new DashboardOptions
        {
            // Hangfire's default lets in whatever comes from this machine, which is everything that a proxy on it passes on.
            Authorization = [new BehindAPolicy()],
            AppPath = back,
            DashboardTitle = "PyTake",
            DisplayStorageConnectionString = false,
        };
        var pages = endpoints.CreateApplicationBuilder();
        pages.UsePathBase(Path);
        pages.Use(ReadFigures);
        pages.UseMiddleware<AspNetCoreDashboardMiddleware>(endpoints.ServiceProvider.GetRequiredService<JobStorage>(), options, DashboardRoutes.Routes, true);
        return endpoints.Map(Path + "/{**path}", pages.Build());
    }

    /// <summary>The figures for the page that is being made; null where the database does not tell them.</summary>
    internal static WorkFigures? Figures(this RazorPage page) => page.Context.GetHttpContext().Features.Get<WorkFigures>();

    // Before the page, because nothing in it can wait.
    private static async Task ReadFigures(HttpContext context, RequestDelegate next)
    {
        if (context.RequestServices.GetService<ReadWorkFigures>() is { } read)
            context.Features.Set(await read(context.RequestAborted));
        await next(context);
    }

    private sealed class BehindAPolicy : IDashboardAuthorizationFilter
    {
        public bool Authorize(DashboardContext context)
            => context.GetHttpContext().GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is { Policy: not null };
    }
}
