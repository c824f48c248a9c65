using System.Net.Sockets;

namespace PyTake.Http;

internal static class RemoteAddress
{
    /// <summary>The address as people write it; null where a request has none.</summary>
    public static string? Address(this ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address?.ToString(),
    };

    /// <summary>The key that a request counts against: the IPv4 address, or the /64 prefix, since an IPv6 subscriber has at least that.</summary>
    public static string Key(this ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "none",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } v6 => Convert.ToHexString(v6.GetAddressBytes().AsSpan(0, 8)),
        var v4 => v4.ToString(),
    };
}
