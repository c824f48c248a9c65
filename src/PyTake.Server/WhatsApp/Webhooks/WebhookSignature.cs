using System.Buffers;
using System.Security.Cryptography;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Meta's proof that a webhook is from Meta (webhooks/create-webhook-endpoint, "Validating payloads").</summary>
public static class WebhookSignature
{
    /// <summary>The header it comes in.</summary>
    public const string Header = "X-Hub-Signature-256";

    private const string Prefix = "sha256=";

    /// <summary>
    /// Whether the header is <c>sha256=</c> and the HMAC-SHA256 of the body, in 64 hexadecimal digits of either case, under one of the
    /// app secrets; several are active while one is replaced, or where several apps share a server. Takes the same time for every wrong
    /// signature.
    /// </summary>
    /// <param name="body">The bytes as they came: escapes in them (\u00e7, \/) do not survive being written anew.</param>
    /// <param name="header">Null where it is missing.</param>
    public static bool IsValid(ReadOnlySpan<byte> body, string? header, IReadOnlyList<byte[]> secrets)
    {
        if (header is null || !header.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        Span<byte> claimed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (header.Length != Prefix.Length + 2 * claimed.Length
            || Convert.FromHexString(header.AsSpan(Prefix.Length), claimed, out _, out _) != OperationStatus.Done) return false;

        Span<byte> computed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var valid = false;
        foreach (var secret in secrets)
        {
            HMACSHA256.HashData(secret, body, computed);
            valid |= CryptographicOperations.FixedTimeEquals(computed, claimed);
        }
        return valid;
    }
}
