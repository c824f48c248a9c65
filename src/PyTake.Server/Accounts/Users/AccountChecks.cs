using PyTake.Http;

namespace PyTake.Accounts;

internal static class AccountChecks
{
    /// <summary>Checks the e-mail address of a new account.</summary>
    public static Check Email(this Check check, string? email) => check.That(Emails.IsPlausible(email), "email", "must be an e-mail address");

    /// <summary>Checks the fields of a user's profile; a null field is not being changed.</summary>
    public static Check Profile(this Check check, string? fullName, string? agentStatus) => check
        .NotBlank("full_name", fullName, 200)
        .That(agentStatus is null || AgentStatus.IsKnown(agentStatus), "agent_status", "must be available, busy, away or offline");
}
