using PyTake.Conversations;
using PyTake.Hosting;

namespace PyTake.WhatsApp.Numbers;

internal static class NumberSetup
{
    /// <summary>The organizations' WhatsApp numbers, their secrets and their templates.</summary>
    public static void AddNumbers(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<WhatsAppOptions>(WhatsAppOptions.Section);
        services.AddHttpClient("graph");
        services.AddSingleton<NumberStore>();
        services.AddSingleton<ClaimNumber>();
        services.AddSingleton<NumberDirectory>();
        services.AddHosted<StoppedNumbers>();
        services.AddSingleton<Templates>();
        services.AddSingleton<ITemplateCategories, TemplateCategories>();
        services.AddSingleton<ReencryptSecrets>();
    }
}
