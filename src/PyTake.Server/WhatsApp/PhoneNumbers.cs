using PyTake.Conversations;

namespace PyTake.WhatsApp;

/// <summary>What WhatsApp does differently from countries' numbering plans (<see cref="NumberingPlan"/>): it spells some numbers in two ways.</summary>
public static class PhoneNumbers
{
    /// <summary>
    /// A number by which to find its customer, however WhatsApp spells it; for matching only, never for sending (WHATSAPP, section 6 and case 24).
    /// </summary>
    /// <remarks>
    /// Brazil put a 9 before its mobile numbers, whose eight digits begin with 6 to 9; landlines (2 to 5) never had one, and a mobile whose digits
    /// after the 9 begin otherwise was born with it. Mexico's 1 and Argentina's 9 say how a call is charged: in both countries the ten digits after
    /// them are one subscriber's, mobile or not, so that nobody else has the number without. Every webhook comes through here, so that the library
    /// reads only what is not in one of the usual forms.
    /// </remarks>
    /// <param name="number">Digits, or as people write it.</param>
    public static string Normalize(string number)
    {
        var digits = Digits(number);
        return digits switch
        {
            ['5', '5', _, _, '9', >= '6' and <= '9', .. { Length: 7 }] => digits[..4] + digits[5..],
            ['5', '2', '1', .. { Length: 10 }] => "52" + digits[3..],
            ['5', '4', '9', .. { Length: 10 }] => "54" + digits[3..],
            _ => digits,
        };
    }

    /// <summary>Each way in which WhatsApp may spell a number that is normalized so; anything else as it is.</summary>
    public static IEnumerable<string> Spellings(string normalized) => normalized switch
    {
        ['5', '5', _, _, >= '6' and <= '9', .. { Length: 7 }] => [normalized, $"{normalized[..4]}9{normalized[4..]}"],
        ['5', '2', .. { Length: 10 }] => [normalized, $"521{normalized[2..]}"],
        ['5', '4', .. { Length: 10 }] => [normalized, $"549{normalized[2..]}"],
        _ => [normalized],
    };

    /// <summary>The digits of a number in international form, in the spelling that it has.</summary>
    public static string Digits(string number)
    {
        var digits = number.StartsWith('+') ? number[1..] : number;
        return digits.All(char.IsAsciiDigit) && !IsUnusual(digits)
            ? digits
            : NumberingPlan.Parse(number) ?? string.Concat(digits.Where(char.IsAsciiDigit));
    }

    // Argentina's 15 or a trunk 0, as somebody typed them.
    private static bool IsUnusual(string digits) => digits is ['5', '5' or '4' or '2', .. { Length: > 11 }] or ['5', '5' or '4' or '2', '0', ..];
}
