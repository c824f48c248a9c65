namespace PyTake.WhatsApp.Numbers;

/// <summary>A WhatsApp number of an organization, as REST shows it. Of its secrets only the last four characters are ever shown.</summary>
public sealed record Number
{
    public required Guid Id { get; init; }
    public required Guid OrganizationId { get; init; }
    /// <summary>Meta's id of the number.</summary>
    public required string PhoneNumberId { get; init; }
    /// <summary>Formatted for people.</summary>
    public required string PhoneNumber { get; init; }
    public required string DisplayName { get; init; }
    /// <summary>The WhatsApp Business Account; Meta itself lists templates by it.</summary>
    public string? WabaId { get; init; }
    /// <summary>False after a number with conversations was deleted: nothing is sent or received for it.</summary>
    public required bool IsActive { get; init; }
    public string? AccessTokenLast4 { get; init; }
    public string? AppSecretLast4 { get; init; }
    public string? WebhookVerifyTokenLast4 { get; init; }
    /// <summary>When sending stopped because Meta refused the number's credentials, account or payment; saving the number resumes it.</summary>
    public DateTime? SendingStoppedAt { get; init; }
    /// <summary>Meta's error code.</summary>
    public string? SendingStoppedCode { get; init; }
    /// <summary>In Meta's words.</summary>
    public string? SendingStoppedReason { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }
}
