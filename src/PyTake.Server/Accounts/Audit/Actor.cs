namespace PyTake.Accounts;

/// <summary>Who did something that the audit trail records. A <see cref="Caller"/> is one.</summary>
/// <param name="OrganizationId">Whose administrators may read of it; null: those of the operating organization, if there is one.</param>
/// <param name="UserId">Null where the user is not known, as with a failed login, or where it was a command of the operator's.</param>
/// <param name="Address">The network address that the request came from.</param>
public sealed record Actor(Guid? OrganizationId, Guid? UserId, string? Address)
{
    /// <summary>The user who makes a request.</summary>
    public static implicit operator Actor(Caller caller) => new(caller.OrganizationId, caller.UserId, caller.Address);
}
