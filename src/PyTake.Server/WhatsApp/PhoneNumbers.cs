namespace PyTake.WhatsApp;

/// <summary>Normalizes the numbers that one customer may appear under.</summary>
public static class PhoneNumbers
{
    /// <summary>
    /// For matching only, never for sending: Brazil's mobile numbers without their ninth digit, Mexico's without the 1 after 52,
    /// Argentina's without the 9 after 54 (WHATSAPP, section 6 and case 24).
    /// </summary>
    /// <param name="number">Digits, optionally with a plus, blanks and dashes.</param>
    public static string Normalize(string number)
    {
        var digits = number.All(char.IsAsciiDigit) ? number : string.Concat(number.Where(char.IsAsciiDigit));
        return digits switch
        {
            ['5', '5', _, _, '9', .. { Length: 8 }] => digits[..4] + digits[5..],
            ['5', '2', '1', .. { Length: 10 }] => "52" + digits[3..],
            ['5', '4', '9', .. { Length: 10 }] => "54" + digits[3..],
            _ => digits,
        };
    }
}
