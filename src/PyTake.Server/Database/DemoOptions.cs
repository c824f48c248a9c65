namespace PyTake.Database;

/// <summary>A demo system: <c>migrate</c> loads demo data, registration is open, limits are generous, and the demo organization operates it.</summary>
public sealed class DemoOptions
{
    public const string Section = "Demo";

    /// <summary>The organization that the demo data belongs to.</summary>
    internal static readonly Guid OrganizationId = Guid.Parse("de300000-0000-7000-8000-000000000001");

    public bool Enabled { get; set; }

    /// <summary>The organization whose accounts are closed because this is no demo any more: anybody may know their passwords. Null in a demo.</summary>
    internal Guid? ClosedOrganization => Enabled ? null : OrganizationId;

    /// <summary>Meta's id of the demo organization's WhatsApp number; the simulator accepts any.</summary>
    public string PhoneNumberId { get; set; } = "100200300400500";

    /// <summary>The same number as it is displayed.</summary>
    public string DisplayPhoneNumber { get; set; } = "+55 11 3000-1000";

    /// <summary>Its token for the Graph API. The default works only with the simulator.</summary>
    public string AccessToken { get; set; } = "demo-access-token";
}
