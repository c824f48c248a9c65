using PyTake.Hosting;

namespace PyTake.Web;

internal static class WebSetup
{
    public static void AddWeb(this WebApplicationBuilder builder)
        => builder.Services.AddSettings<WebOptions>(WebOptions.Section);

    /// <summary>Serves the web app for requests that match no route. It must come after the error handler, so that other requests get an API error.</summary>
    public static void UseWeb(this WebApplication app) => app.UseMiddleware<WebApp>();
}
