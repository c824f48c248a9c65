using System.Text.Json;
using PyTake.Json;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp;

/// <summary>What WhatsApp says when it is asked for a number with a token.</summary>
public abstract record NumberProof
{
    /// <summary>The token's owner may act for the number.</summary>
    public sealed record Proven : NumberProof;

    /// <summary>The token is not valid, or not for this.</summary>
    public sealed record TokenRefused(string Reason) : NumberProof;

    /// <summary>There is no such number, or none that this token may see.</summary>
    public sealed record NoSuchNumber(string Reason) : NumberProof;

    /// <summary>WhatsApp was not reached, or said nothing of the number: neither proof nor its opposite.</summary>
    public sealed record Unanswered(string Reason) : NumberProof;

    /// <summary>Whether WhatsApp has said that the token does not, or no longer, stand for the number.</summary>
    public bool IsDenied => this is TokenRefused or NoSuchNumber;

    /// <param name="answer">The body; null where it is no JSON object.</param>
    /// <param name="accessToken">Removed from what Meta says.</param>
    internal static NumberProof Of(string phoneNumberId, int status, JsonElement? answer, string accessToken)
    {
        if (status is >= 200 and < 300)
            return Text(answer, "id") == phoneNumberId && Text(answer, "display_phone_number") is not null
                ? new Proven()
                : new Unanswered("its answer does not name the number");
        if (answer is not { } refusal || GraphError.Read(refusal, accessToken) is not { } error) return new Unanswered($"it answered HTTP {status}");
        // 100: the object does not exist, cannot be seen with this token, or is none with a phone number.
        return error.Code == 100 ? new NoSuchNumber(error.Text)
            : GraphErrors.Classify(status, error.Code, error.Subcode) == GraphErrorClass.Credentials ? new TokenRefused(error.Text)
            : new Unanswered(error.Text);
    }

    private static string? Text(JsonElement? answer, string name)
        => answer is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(name, out var value) ? value.TextOrNull() : null;
}
