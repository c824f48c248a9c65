using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.WhatsApp;

/// <summary>Where Meta's Graph API is: section <c>WhatsApp</c>.</summary>
public sealed class GraphOptions : IValidatableObject
{
    public const string Section = "WhatsApp";

    /// <summary>The address without a version. For local use it is the simulator's; nothing else differs.</summary>
    [Required, Url(ErrorMessage = "must be an address like https://graph.facebook.com")]
    public string GraphBaseUrl { get; set; } = "https://graph.facebook.com";

    /// <summary>Meta retires versions after about two years.</summary>
    [Required, RegularExpression(@"v\d+\.\d+", ErrorMessage = "must be a version like v23.0")] public string GraphVersion { get; set; } = "v23.0";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        => validationContext.GetRequiredService<IOptions<DemoOptions>>().Value.Enabled && IsMetas(GraphBaseUrl)
            ? [Settings.Broken(nameof(GraphBaseUrl), "must lead to the simulator while Demo:Enabled is true, because everybody knows the passwords of a demo and this is Meta itself")]
            : [];

    /// <summary>The full URL of a path of the API.</summary>
    internal string UrlOf(string path) => $"{GraphBaseUrl.TrimEnd('/')}/{GraphVersion}/{path}";

    private static bool IsMetas(string url)
        => Uri.TryCreate(url, UriKind.Absolute, out var address)
            && (address.Host.TrimEnd('.') is "facebook.com" or "fb.com" || address.Host.TrimEnd('.').EndsWith(".facebook.com", StringComparison.OrdinalIgnoreCase)
                || address.Host.TrimEnd('.').EndsWith(".fb.com", StringComparison.OrdinalIgnoreCase));
}
