using PhoneNumbers;

namespace PyTake.Conversations;

/// <summary>The numbering plans of all countries, as libphonenumber knows them.</summary>
public static class NumberingPlan
{
    private static readonly PhoneNumberUtil Plans = PhoneNumberUtil.GetInstance();

    /// <summary>The digits of a number in international form, without the plus, the trunk 0 and what else is dialled only within a country.</summary>
    /// <param name="typed">As people write it, with or without a plus, but with the country.</param>
    /// <returns>Null if no country has such numbers.</returns>
    public static string? Parse(string typed)
        => Read(typed) is { } number && Plans.IsPossibleNumber(number) ? Plans.Format(number, PhoneNumberFormat.E164)[1..] : null;

    /// <summary>A number as its country writes it for others (+55 11 98888-7777; anything that is no number stays as it is), and what it is.</summary>
    /// <returns>As kind mobile or landline; null where a number does not tell, as in the United States.</returns>
    public static (string Formatted, string? Kind) Describe(string number)
    {
        if (Read(number) is not { } read) return (number, null);
        var kind = Plans.GetNumberType(read);
        if (kind == PhoneNumberType.UNKNOWN) return (number, null);
        return (Plans.Format(read, PhoneNumberFormat.INTERNATIONAL), kind switch
        {
            PhoneNumberType.MOBILE => "mobile",
            PhoneNumberType.FIXED_LINE => "landline",
            _ => null,
        });
    }

    private static PhoneNumber? Read(string number)
    {
        try
        {
            return Plans.Parse(number.StartsWith('+') ? number : "+" + number, null);
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
