using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// What the body of a webhook says it is about, read before its signature is known, only to decide which organizations' secrets may have signed it: those
/// of the first number that it names, since a signature has to vouch for all of them, or else of the first account.
/// </summary>
/// <param name="PhoneNumberId">Null if it names none.</param>
/// <param name="WabaId">The WhatsApp Business Account of the first entry; null if it names none before its first number.</param>
internal readonly record struct WebhookSubject(string? PhoneNumberId, string? WabaId)
{
    // Where {"entry":[{"id":"…","changes":[{"value":{"metadata":{"phone_number_id":"…"}}}]}]} has its members.
    private const int Root = 1, Entry = 3, Change = 5, Value = 6, Number = 7;

    /// <summary>Reads it in one pass that keeps nothing. Never throws: of what is not JSON it reads the beginning.</summary>
    public static WebhookSubject Of(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
        string? account = null;
        var (isEntry, isChange, isValue, isNumber) = (false, false, false, false);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName) continue;
                switch (reader.CurrentDepth)
                {
                    case Root: isEntry = reader.ValueTextEquals("entry"u8); break;
                    case Entry when isEntry && account is null && reader.ValueTextEquals("id"u8): account = Next(ref reader); break;
                    case Entry: isChange = reader.ValueTextEquals("changes"u8); break;
                    case Change: isValue = reader.ValueTextEquals("value"u8); break;
                    case Value: isNumber = reader.ValueTextEquals("metadata"u8) || reader.ValueTextEquals("recipient"u8); break;
                    case Number when isEntry && isChange && isValue && isNumber && reader.ValueTextEquals("phone_number_id"u8):
                        if (Next(ref reader) is { } number) return new(number, account);
                        break;
                }
            }
        }
        catch (JsonException)
        {
        }
        return new(null, account);
    }

    // An object or an array is left to the next turns.
    private static string? Next(ref Utf8JsonReader reader) => !reader.Read() ? null : reader.TokenType switch
    {
        JsonTokenType.String => reader.TextOrNull(),
        JsonTokenType.Number => System.Text.Encoding.ASCII.GetString(reader.ValueSpan),
        _ => null,
    };
}
