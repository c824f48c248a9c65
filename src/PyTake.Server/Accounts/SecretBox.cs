using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.Accounts;

/// <summary>
/// Encrypts the secrets that the database holds: AES-256-GCM with the first of Encryption:Keys, bound to the place where the secret is stored, so that who may
/// write to the database cannot put one number's token in another's place. Any of the keys decrypts, so that keys can be rotated; <c>reencrypt</c> encrypts
/// older secrets with the first key, and binds those of before version 2, which decrypt anywhere.
/// </summary>
/// <remarks>
/// Layout: 1 version, 4 key id (start of the key's SHA-256), 12 nonce, 16 tag, then as many bytes as the text in UTF-8. Authenticated with it are the version,
/// the key id and, in version 2, the place.
/// </remarks>
public sealed class SecretBox(IOptions<EncryptionOptions> options)
{
    private const byte Version = 2, Unbound = 1;
    private const int KeyIdAt = 1, NonceAt = 5, TagAt = 17, TextAt = 33;

    private readonly byte[][] _keys = [.. options.Value.Keys.Select(Convert.FromBase64String)];

    /// <summary>Encrypts a secret that is to be stored at this place.</summary>
    public byte[] Seal(string secret, SecretPlace place)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var box = new byte[TextAt + text.Length];
        box[0] = Version;
        KeyId(_keys[0]).CopyTo(box, KeyIdAt);
        RandomNumberGenerator.Fill(box.AsSpan(NonceAt..TagAt));
        using var aes = new AesGcm(_keys[0], TextAt - TagAt);
        aes.Encrypt(box.AsSpan(NonceAt..TagAt), text, box.AsSpan(TextAt..), box.AsSpan(TagAt..TextAt), Authenticated(box, place));
        return box;
    }

    /// <summary>Decrypts a secret that was found at this place.</summary>
    /// <exception cref="CryptographicException">None of the keys decrypts it, it was tampered with, or it belongs elsewhere.</exception>
    public string Open(ReadOnlySpan<byte> box, SecretPlace place)
    {
        if (box.Length < TextAt || box[0] is not (Version or Unbound)) throw new CryptographicException("Not a sealed secret");
        foreach (var key in _keys)
            if (box[KeyIdAt..NonceAt].SequenceEqual(KeyId(key))) return Decrypt(key, box, place);
        throw new CryptographicException("Sealed with a key that Encryption:Keys does not hold");
    }

    /// <summary>As <see cref="Open"/>, but false if it cannot be decrypted.</summary>
    public bool TryOpen(ReadOnlySpan<byte> box, SecretPlace place, [NotNullWhen(true)] out string? secret)
    {
        try
        {
            secret = Open(box, place);
            return true;
        }
        catch (CryptographicException)
        {
            secret = null;
            return false;
        }
    }

    /// <summary>Whether it is encrypted as <see cref="Seal"/> does it now.</summary>
    public bool IsCurrent(ReadOnlySpan<byte> box) => box.Length >= TextAt && box[0] == Version && box[KeyIdAt..NonceAt].SequenceEqual(KeyId(_keys[0]));

    private static string Decrypt(byte[] key, ReadOnlySpan<byte> box, SecretPlace place)
    {
        var text = new byte[box.Length - TextAt];
        using var aes = new AesGcm(key, TextAt - TagAt);
        aes.Decrypt(box[NonceAt..TagAt], box[TextAt..], box[TagAt..TextAt], text, Authenticated(box, place));
        return Encoding.UTF8.GetString(text);
    }

    private static byte[] Authenticated(ReadOnlySpan<byte> box, SecretPlace place)
        => box[0] == Unbound ? box[..NonceAt].ToArray() : [.. box[..NonceAt], .. Encoding.UTF8.GetBytes($"{place.Table}.{place.Column}.{place.Row}")];

    private static byte[] KeyId(byte[] key) => SHA256.HashData(key)[..4];
}

/// <summary>Where a secret is stored.</summary>
/// <param name="Table">The table's name; like the column's, it is part of what is stored, and must not change.</param>
/// <param name="Row">The row's id.</param>
public readonly record struct SecretPlace(string Table, string Column, Guid Row);

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
