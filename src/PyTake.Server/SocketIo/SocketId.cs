using System.Buffers.Text;
using System.Security.Cryptography;

namespace PyTake.SocketIo;

/// <summary>Makes unguessable ids, of 144 random bits: who knows a session's may read and write in it.</summary>
internal static class SocketId
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));
}
