namespace PyTake.Jobs;

/// <summary>What jobs queue for. Where queues share workers, the first in the alphabet is served first.</summary>
public static class Queues
{
    /// <summary>Lanes of webhook items: drains alone, so that none stands behind a thousand failed items.</summary>
    public const string Webhooks = "webhooks";

    /// <summary>What goes to WhatsApp: drains alone.</summary>
    public const string Outbound = "outbound";

    /// <summary>Downloads and uploads, which may take minutes.</summary>
    public const string Media = "media";

    /// <summary>Items that failed, and what is done every so often.</summary>
    public const string Maintenance = "maintenance";
}
