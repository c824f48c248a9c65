using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.Authorization;

namespace PyTake.Jobs;

/// <summary>Hangfire's dashboard, with PyTake's own figures and a page of partitions.</summary>
public static class Dashboard
{
    /// <summary>The path of the dashboard.</summary>
    public const string Path = "/hangfire";

    // Hangfire's pages have styles in their elements, but no script.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // Hangfire keeps these in statics, and a process may run several nodes: the node whose figures are shown is found with each request.
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

    /// <summary>Maps the dashboard. It refuses every request until the caller adds an authorization policy to the returned builder.</summary>
    /// <param name="back">Where the dashboard's link back leads.</param>
    /// <param name="used">Called when one of its buttons has done something; the request's path names it.</param>
    public static IEndpointConventionBuilder MapHangfireDashboard(this IEndpointRouteBuilder endpoints, string back, Func<HttpContext, Task> used)
    {
        var options = new DashboardOptions
        {
            // Hangfire's default lets in all local requests, which includes everything a proxy on this machine passes on.
            Authorization = [new BehindAPolicy()],
            AppPath = back,
            DashboardTitle = "PyTake",
            DisplayStorageConnectionString = false,
        };
        var pages = endpoints.CreateApplicationBuilder();
        pages.UsePathBase(Path);
        pages.Use(AddPolicy);
        pages.Use(ReadFigures);
        pages.Use(async (context, next) =>
        {
            await next(context);
            if (IsButton(context.Request) && context.Response.StatusCode < 400) await used(context);
        });
        pages.UseMiddleware<AspNetCoreDashboardMiddleware>(endpoints.ServiceProvider.GetRequiredService<JobStorage>(), options, DashboardRoutes.Routes, true);
        return endpoints.Map(Path + "/{**path}", pages.Build());
    }

    /// <summary>The figures for the page being rendered; null if the database did not answer in time.</summary>
    internal static WorkFigures? Figures(this RazorPage page) => page.Context.GetHttpContext().Features.Get<WorkFigures>();

    private static Task AddPolicy(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        return next(context);
    }

    // Pages ask for their figures by POST too.
    private static bool IsButton(HttpRequest request) => HttpMethods.IsPost(request.Method) && request.Path != "/stats";

    // Read before the page is rendered, because rendering is synchronous.
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
