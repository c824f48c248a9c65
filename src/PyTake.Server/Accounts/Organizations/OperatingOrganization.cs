using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>The organization whose administrators run the installation: the configured one, or the demo's.</summary>
public sealed class OperatingOrganization(IOptions<OperationsOptions> options, IOptions<DemoOptions> demo)
{
    private readonly Guid? _id = Guid.TryParse(options.Value.OrganizationId, out var set) ? set
        : demo.Value.Enabled ? DemoOptions.OrganizationId : null;

    public bool Is(Guid organizationId) => organizationId == _id;
}
