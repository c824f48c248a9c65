using System.Security.Cryptography;
using System.Text;

namespace PyTake.Simulator.Messages;

/// <summary>
/// Ids in the form of WhatsApp's own: base64 of a few framed fields, with the customer's number and 18 hex digits.
/// Meta says to treat them as opaque.
/// </summary>
internal static class Wamid
{
    public static string Outbound(string customer) => New(customer, 0x11);

    public static string Inbound(string customer) => New(customer, 0x12);

    private static string New(string customer, byte direction)
    {
        var name = Encoding.ASCII.GetBytes(customer);
        var unique = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(18));
        byte[] id = [0x1C, 0x18, (byte)name.Length, .. name, 0x15, 0x02, 0x00, direction, 0x18, 0x12, .. unique, 0x00];
        return "wamid." + Convert.ToBase64String(id);
    }
}
