using System.Diagnostics.CodeAnalysis;

namespace PyTake.Accounts;

/// <summary>A member of an organization, as REST returns them (CONTRACT, section 2).</summary>
public record User
{
    public required Guid Id { get; init; }
    public required Guid OrganizationId { get; init; }
    public required string Email { get; init; }
    public required string FullName { get; init; }
    public string? PhoneNumber { get; init; }
    public string? AvatarUrl { get; init; }
    public required string Role { get; init; }
    public required bool IsActive { get; init; }
    /// <summary>Whether a browser of the user is connected, as far as the answering node knows.</summary>
    public bool IsOnline { get; init; }
    /// <summary>Set by the user: available, busy, away or offline.</summary>
    public string? AgentStatus { get; init; }
    public DateTime? LastSeenAt { get; init; }
    public DateTime? LastLoginAt { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }
    /// <summary>Whether they were invited and have not answered, so that they have no password.</summary>
    public bool Invited { get; init; }
    /// <summary>Whether they have a second factor; told to administrators in the list of members, and null elsewhere.</summary>
    public bool? Mfa { get; init; }

    /// <summary>Whether conversations may be assigned to the user.</summary>
    internal bool MayAnswer() => IsActive && Role != Accounts.Role.Viewer;
}

/// <summary>The logged-in user, with their permissions, and whether all they may do is set up a second factor.</summary>
public sealed record Me : User
{
    [SetsRequiredMembers]
    public Me(User user, IReadOnlyList<string> permissions, bool mfaEnrolmentRequired) : base(user)
        => (Permissions, MfaEnrolmentRequired) = (permissions, mfaEnrolmentRequired);

    public IReadOnlyList<string> Permissions { get; }
    public bool MfaEnrolmentRequired { get; }
}

/// <summary>The values of <see cref="User.AgentStatus"/>.</summary>
public static class AgentStatus
{
    /// <summary>Whether it is one of them.</summary>
    public static bool IsKnown(string? status) => status is "available" or "busy" or "away" or "offline";
}
