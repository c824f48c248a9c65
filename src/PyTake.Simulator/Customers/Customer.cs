namespace PyTake.Simulator.Customers;

/// <summary>
/// Somebody on WhatsApp, known by a phone number (<c>WaId</c>), a business-scoped user id (<c>UserId</c>), or both.
/// </summary>
internal sealed record Customer(string? WaId, string? UserId, string? Name)
{
    /// <summary>What they are known by; a phone number goes first, as <c>to</c> does at Meta.</summary>
    public string Id => WaId ?? UserId ?? throw new InvalidOperationException("A customer has no id");
}
