namespace PyTake.Database;

/// <summary>A system to try out: demo data at <c>migrate</c>, registration open, generous limits, the demo organization operates it.</summary>
public sealed class DemoOptions
{
    public const string Section = "Demo";

    /// <summary>The organization that the demo data belongs to.</summary>
    internal static readonly Guid OrganizationId = Guid.Parse("de300000-0000-7000-8000-000000000001");

    public bool Enabled { get; set; }

    /// <summary>The demo organization's WhatsApp number; the simulator answers to any.</summary>
    public string PhoneNumberId { get; set; } = "100200300400500";

    /// <summary>That number as people read it.</summary>
    public string DisplayPhoneNumber { get; set; } = "+55 11 3000-1000";

    /// <summary>Its token for the Graph API. The default opens the simulator alone.</summary>
    public string AccessToken { get; set; } = "demo-access-token";
}
