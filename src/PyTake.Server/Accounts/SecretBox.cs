using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.Accounts;

/// <summary>
/// Encrypts the secrets that the database holds: AES-256-GCM with the first of Encryption:Keys. Any of the keys decrypts, so that keys can
/// be rotated; <c>reencrypt</c> encrypts older secrets with the first key.
/// </summary>
/// <remarks>Layout: 1 version, 4 key id (start of the key's SHA-256), 12 nonce, 16 tag, then as many bytes as the text in UTF-8.</remarks>
public sealed class SecretBox(IOptions<EncryptionOptions> options)
{
    private const byte Version = 1;
    private const int KeyIdAt = 1, NonceAt = 5, TagAt = 17, TextAt = 33;

    private readonly byte[][] _keys = [.. options.Value.Keys.Select(Convert.FromBase64String)];

    public byte[] Seal(string secret)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var box = new byte[TextAt + text.Length];
        box[0] = Version;
        KeyId(_keys[0]).CopyTo(box, KeyIdAt);
        RandomNumberGenerator.Fill(box.AsSpan(NonceAt..TagAt));
        using var aes = new AesGcm(_keys[0], TextAt - TagAt);
        aes.Encrypt(box.AsSpan(NonceAt..TagAt), text, box.AsSpan(TextAt..), box.AsSpan(TagAt..TextAt), box.AsSpan(..NonceAt));
        return box;
    }

    /// <exception cref="CryptographicException">None of the keys decrypts it, or it was tampered with.</exception>
    public string Open(ReadOnlySpan<byte> box)
    {
        if (box.Length < TextAt || box[0] != Version) throw new CryptographicException("Not a sealed secret");
        foreach (var key in _keys)
            if (box[KeyIdAt..NonceAt].SequenceEqual(KeyId(key))) return Decrypt(key, box);
        throw new CryptographicException("Sealed with a key that Encryption:Keys does not hold");
    }

    /// <summary>As <see cref="Open"/>, but false if it cannot be decrypted.</summary>
    public bool TryOpen(ReadOnlySpan<byte> box, [NotNullWhen(true)] out string? secret)
    {
        try
        {
            secret = Open(box);
            return true;
        }
        catch (CryptographicException)
        {
            secret = null;
            return false;
        }
    }

    /// <summary>Whether it is encrypted with the key that <see cref="Seal"/> uses.</summary>
    public bool IsCurrent(ReadOnlySpan<byte> box) => box.Length >= TextAt && box[KeyIdAt..NonceAt].SequenceEqual(KeyId(_keys[0]));

    private static string Decrypt(byte[] key, ReadOnlySpan<byte> box)
    {
        var text = new byte[box.Length - TextAt];
        using var aes = new AesGcm(key, TextAt - TagAt);
        aes.Decrypt(box[NonceAt..TagAt], box[TextAt..], box[TagAt..TextAt], text, box[..NonceAt]);
        return Encoding.UTF8.GetString(text);
    }

    private static byte[] KeyId(byte[] key) => SHA256.HashData(key)[..4];
}

/// <summary>Keys that encrypt secrets, so that a copy of the database does not reveal them.</summary>
public sealed class EncryptionOptions : IValidatableObject
{
    public const string Section = "Encryption";

    /// <summary>Base64 of 32 bytes each. The first encrypts, all decrypt.</summary>
    public string[] Keys { get; set; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Keys.Length == 0
        ? [Settings.Broken($"{nameof(Keys)}:0", "is not set")]
        : Settings.EachBroken(nameof(Keys), Keys, IsKey, "must be the base64 of 32 bytes");

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[64];
        return key.Length <= 64 && Convert.TryFromBase64String(key, bytes, out var length) && length == 32;
    }
}
