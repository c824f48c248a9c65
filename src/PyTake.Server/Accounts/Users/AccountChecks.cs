using PyTake.Http;

namespace PyTake.Accounts;

internal static class AccountChecks
{
    /// <summary>Checks the e-mail address and password of a new account.</summary>
    public static Check NewAccount(this Check check, string? email, string? password) => check
        .That(Emails.IsPlausible(email), "email", "must be an e-mail address")
        .That(password is { Length: >= 8 and <= 128 } && password.Any(char.IsUpper) && password.Any(char.IsLower) && password.Any(char.IsDigit),
            "password", "must have 8 to 128 characters, among them an upper-case letter, a lower-case letter and a digit");

    /// <summary>Checks the fields of a user's profile; a null field is not being changed.</summary>
    public static Check Profile(this Check check, string? fullName, string? agentStatus) => check
        .NotBlank("full_name", fullName, 200)
        .That(agentStatus is null || AgentStatus.IsKnown(agentStatus), "agent_status", "must be available, busy, away or offline");
}
