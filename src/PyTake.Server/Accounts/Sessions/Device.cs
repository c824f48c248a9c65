namespace PyTake.Accounts;

/// <summary>What a person recognizes one of their sessions by.</summary>
/// <param name="Address">The network address that opened it.</param>
/// <param name="UserAgent">What the browser calls itself.</param>
internal sealed record Device(string? Address, string? UserAgent)
{
    private const int Longest = 400;

    public static Device Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        var agent = context.Request.Headers.UserAgent.ToString();
        return new(
            (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(),
            agent.Length == 0 ? null : string.Concat(agent.Where(c => !char.IsControl(c)).Take(Longest)));
    }
}
