using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// Where people's browsers reach the installation: links in mail lead there, and passkeys are bound to it. It comes from the settings, because whoever sends
/// a request chooses its Host header; only a demo, which everybody tries out at another address, takes the header's word.
/// </summary>
internal sealed class PublicAddress(IOptions<AccountOptions> options, IOptions<DemoOptions> demo)
{
    public const string Unknown = "Accounts:PublicUrl is not set: there is no address that a link could lead to";

    private readonly Uri? _configured = options.Value.PublicUrl.Length > 0 ? new Uri(options.Value.PublicUrl) : null;

    /// <summary>The address without a path; null if there is none.</summary>
    /// <param name="request">The request that needs it; null outside requests.</param>
    public Uri? Of(HttpRequest? request)
        => _configured ?? (demo.Value.Enabled && request is not null && Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var asked) ? asked : null);

    /// <summary>The link of a page that reads its token from the fragment, which reaches no log and no other site.</summary>
    public static string Link(Uri address, string page, string token) => $"{address.GetLeftPart(UriPartial.Authority)}/{page}#{token}";
}
