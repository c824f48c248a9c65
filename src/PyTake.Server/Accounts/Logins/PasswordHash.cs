using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PyTake.Accounts;

/// <summary>
/// A stored password: PBKDF2-HMAC-SHA512, in the format of ASP.NET Core Identity (version 3: a marker, the function, the rounds, the salt's length, the
/// salt, the key).
/// </summary>
internal sealed record PasswordHash(int Iterations, byte[] Salt, byte[] Key)
{
    private const byte Marker = 1;
    private const uint Sha512 = 2;
    private const int SaltAt = 13, SaltLength = 16, KeyLength = 32;

    /// <summary>The hash of a new password.</summary>
    /// <param name="salt">Null for a salt of its own.</param>
    public static PasswordHash Of(string password, int iterations, byte[]? salt)
    {
        salt ??= RandomNumberGenerator.GetBytes(SaltLength);
        return new(iterations, salt, Derive(password, salt, iterations, KeyLength));
    }

    /// <summary>Reads a stored hash; null if it is of no known format, such as the empty one of an account without a password.</summary>
    public static PasswordHash? TryParse(string stored)
    {
        var bytes = new byte[stored.Length];
        if (!Convert.TryFromBase64String(stored, bytes, out var length) || length <= SaltAt || bytes[0] != Marker) return null;
        var numbers = bytes.AsSpan(1);
        var salt = BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(numbers) != Sha512 || salt < SaltLength || SaltAt + salt >= length) return null;
        return new((int)BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]), bytes[SaltAt..(SaltAt + (int)salt)], bytes[(SaltAt + (int)salt)..length]);
    }

    /// <summary>The key that this password has with the same salt and rounds.</summary>
    public byte[] KeyOf(string password) => Derive(password, Salt, Iterations, Key.Length);

    public override string ToString()
    {
        var bytes = new byte[SaltAt + Salt.Length + Key.Length];
        bytes[0] = Marker;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), Sha512);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), (uint)Iterations);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(9), (uint)Salt.Length);
        Salt.CopyTo(bytes, SaltAt);
        Key.CopyTo(bytes, SaltAt + Salt.Length);
        return Convert.ToBase64String(bytes);
    }

    private static byte[] Derive(string password, byte[] salt, int iterations, int length)
        => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, length);
}
