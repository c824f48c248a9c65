using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.Operations;

internal static class MigrateCommand
{
    /// <summary>Whether the program was started as <c>migrate</c>.</summary>
    public static bool IsAskedBy(string[] args) => args is ["migrate", ..];

    /// <summary>Migrates the database, and loads the demo data if that is configured.</summary>
    public static async Task MigrateAsync(this WebApplication app)
    {
        await app.Services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        if (app.Services.GetRequiredService<IOptions<DemoOptions>>().Value.Enabled)
            await app.Services.GetRequiredService<DemoData>().LoadAsync(CancellationToken.None);
        await app.DisposeAsync();
    }
}
