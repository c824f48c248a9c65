using System.Buffers.Text;
using System.Security.Cryptography;

namespace PyTake.SocketIo;

/// <summary>Makes unguessable ids.</summary>
internal static class SocketId
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));
}
