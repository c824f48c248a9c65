namespace PyTake.WhatsApp.Ingest;

/// <summary>A node that applies webhooks in the transaction that acknowledges them, however long that takes.</summary>
public sealed class DirectNodeFixture : NodeFixture
{
    protected override (string Key, string Value)[] Settings => [Meta.Directly];
}
