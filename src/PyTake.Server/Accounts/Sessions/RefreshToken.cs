using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PyTake.Accounts;

/// <summary>An opaque single-use token. Only its hash is stored; a fast hash is enough for 256 random bits.</summary>
internal static class RefreshToken
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
