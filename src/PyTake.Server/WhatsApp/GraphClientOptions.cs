using System.ComponentModel.DataAnnotations;

namespace PyTake.WhatsApp;

/// <summary>Where Meta's Graph API is: section <c>WhatsApp</c>.</summary>
public sealed class GraphOptions
{
    public const string Section = "WhatsApp";

    /// <summary>The address without a version. For local use it is the simulator's; nothing else differs.</summary>
    [Required, Url(ErrorMessage = "must be an address like https://graph.facebook.com")]
    public string GraphBaseUrl { get; set; } = "https://graph.facebook.com";

    /// <summary>Meta retires versions after about two years.</summary>
    [Required, RegularExpression(@"v\d+\.\d+", ErrorMessage = "must be a version like v23.0")] public string GraphVersion { get; set; } = "v23.0";

    /// <summary>The full URL of a path of the API.</summary>
    internal string UrlOf(string path) => $"{GraphBaseUrl.TrimEnd('/')}/{GraphVersion}/{path}";
}
