using System.Collections.Frozen;

namespace PyTake.Simulator.Graph;

/// <summary>Meta's titles of its codes (its page support/error-codes), for errors given by code alone.</summary>
internal static class ErrorTitles
{
    private static readonly FrozenDictionary<int, string> Titles = new Dictionary<int, string>
    {
        [2] = "Service temporarily unavailable",
        [4] = "Application request limit reached",
        [10] = "Application does not have permission for this action",
        [100] = "Invalid parameter",
        [190] = "Invalid OAuth access token",
        [80007] = "There have been too many calls to this WhatsApp Business account",
        [130429] = "Rate limit hit",
        [130472] = "User's number is part of an experiment",
        [131000] = "Something went wrong",
        [131008] = "Required parameter is missing",
        [131009] = "Parameter value is not valid",
        [131016] = "Service unavailable",
        [131026] = "Message undeliverable",
        [131031] = "Business Account locked",
        [131037] = "WhatsApp provided number needs display name approval before message can be sent",
        [131042] = "Business eligibility payment issue",
        [131045] = "Incorrect certificate",
        [131047] = "Re-engagement message",
        [131048] = "Spam rate limit hit",
        [131049] = "This message was not delivered to maintain healthy ecosystem engagement",
        [131050] = "User has stopped marketing messages",
        [131051] = "Unsupported message type",
        [131052] = "Media download error",
        [131053] = "Media upload error",
        [131056] = "(Business Account, Consumer Account) pair rate limit hit",
        [131057] = "Account in maintenance mode",
        [131062] = "Recipient type is not supported for authentication messages",
        [132000] = "Number of parameters does not match the expected number of params",
        [132001] = "Template name does not exist in the translation",
        [132012] = "Parameter format does not match format in the created template",
        [132015] = "Template is paused",
        [132016] = "Template is disabled",
        [133010] = "Account not registered",
        [134011] = "WhatsApp Payments terms of service has not been accepted",
    }.ToFrozenDictionary();

    public static string Of(int code) => Titles.GetValueOrDefault(code, "Something went wrong");
}
