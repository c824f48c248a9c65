namespace PyTake.Simulator.Customers;

/// <summary>
/// Somebody on WhatsApp, known by a phone number (<c>WaId</c>), a business-scoped user id (<c>UserId</c>), or both.
/// </summary>
internal sealed record Customer(string? WaId, string? UserId, string? Name)
{
    /// <summary>The phone number if there is one, as <c>to</c> takes precedence at Meta; otherwise the user id.</summary>
    public string Id => WaId ?? UserId ?? throw new InvalidOperationException("A customer has no id");
}
