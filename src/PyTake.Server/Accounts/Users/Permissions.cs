namespace PyTake.Accounts;

/// <summary>What a role allows, listed for the UI. The server itself enforces <see cref="Policies"/>.</summary>
internal static class Permissions
{
    private static readonly string[] Reading = ["conversations:read", "contacts:read", "users:read", "numbers:read", "canned_responses:read"];
    private static readonly string[] Working = [.. Reading, "conversations:write", "messages:send", "contacts:write", "canned_responses:write"];
    private static readonly string[] Managing = [.. Working, "users:write", "numbers:write"];

    public static IReadOnlyList<string> Of(string role, bool operates) => role switch
    {
        Role.OrgAdmin when operates => [.. Managing, "operations:manage"],
        Role.OrgAdmin => Managing,
        Role.Agent => Working,
        _ => Reading,
    };
}
