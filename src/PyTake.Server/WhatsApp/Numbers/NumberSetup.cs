using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Numbers;

internal static class NumberSetup
{
    /// <summary>The organizations' WhatsApp numbers, their secrets and their templates.</summary>
    public static void AddNumbers(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<WhatsAppOptions>().BindConfiguration(WhatsAppOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WhatsAppOptions>, WhatsAppOptionsValidator>();
        services.AddHttpClient("graph");
        services.AddSingleton<NumberStore>();
        services.AddSingleton<NumberDirectory>();
        services.AddSingleton<Templates>();
        services.AddSingleton<ReencryptSecrets>();
    }
}
