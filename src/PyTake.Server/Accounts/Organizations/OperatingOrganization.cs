using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>
/// The organization whose administrators run the installation: the configured one, or the demo's, or else the one that the command <c>admin</c> made, which the
/// database knows.
/// </summary>
public sealed class OperatingOrganization(IOptions<OperationsOptions> options, IOptions<DemoOptions> demo)
{
    /// <summary>The one that the settings name; null if the database tells.</summary>
    public Guid? Configured { get; } = Guid.TryParse(options.Value.OrganizationId, out var set) ? set
        : demo.Value.Enabled ? DemoOptions.OrganizationId : null;
}
