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

    /// <summary>A number as its country writes it for others: +55 11 98888-7777. Anything that is no number stays as it is.</summary>
    public static string Format(string number)
        => Read(number) is { } read && Plans.IsValidNumber(read) ? Plans.Format(read, PhoneNumberFormat.INTERNATIONAL) : number;

    /// <summary>mobile or landline; null where a number does not tell, as in the United States.</summary>
    public static string? KindOf(string number) => Read(number) is not { } read ? null : Plans.GetNumberType(read) switch
    {
        PhoneNumberType.MOBILE => "mobile",
        PhoneNumberType.FIXED_LINE => "landline",
        _ => null,
    };

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
