using PyTake.Hosting;

namespace PyTake.Web;

internal static class WebSetup
{
    public static void AddWeb(this WebApplicationBuilder builder)
        => builder.Services.AddSettings<WebOptions>(WebOptions.Section);

    /// <summary>The web app, for whatever no route answers. Behind the errors, so that what it leaves alone has their shape.</summary>
    public static void UseWeb(this WebApplication app) => app.UseMiddleware<WebApp>();
}
