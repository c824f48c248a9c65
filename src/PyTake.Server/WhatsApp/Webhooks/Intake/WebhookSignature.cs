using System.Buffers;
using System.Security.Cryptography;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Meta's proof that a webhook is from Meta (webhooks/create-webhook-endpoint, "Validating payloads").</summary>
public static class WebhookSignature
{
    /// <summary>The header it comes in.</summary>
    public const string Header = "X-Hub-Signature-256";

    private const string Prefix = "sha256=";

    /// <summary>Whether a header could be right: 64 hexadecimal digits.</summary>
    public static bool IsPossible(string? header) => TryRead(header, stackalloc byte[HMACSHA256.HashSizeInBytes]);

    /// <summary>
    /// Finds the app secret that signed the body: the header is <c>sha256=</c> and the HMAC-SHA256 of the body under it, in 64 hexadecimal digits
    /// of either case. Several secrets are active while one is replaced, or where several apps share a server.
    /// </summary>
    /// <param name="body">The bytes as received: escapes in them (\u00e7, \/) would not survive being parsed and written again.</param>
    /// <param name="header">Null if it is missing.</param>
    /// <param name="secrets">The likeliest first. A wrong signature takes the same time whatever is wrong with it.</param>
    /// <returns>Null if none of them signed it.</returns>
    public static byte[]? FindSigner(ReadOnlySpan<byte> body, string? header, IReadOnlyList<byte[]> secrets)
    {
        Span<byte> claimed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!TryRead(header, claimed)) return null;

        Span<byte> computed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            HMACSHA256.HashData(secret, body, computed);
            if (CryptographicOperations.FixedTimeEquals(computed, claimed)) return secret;
        }
        return null;
    }

    private static bool TryRead(string? header, Span<byte> claimed)
        => header is not null && header.StartsWith(Prefix, StringComparison.Ordinal) && header.Length == Prefix.Length + 2 * claimed.Length
            && Convert.FromHexString(header.AsSpan(Prefix.Length), claimed, out _, out _) == OperationStatus.Done;
}
