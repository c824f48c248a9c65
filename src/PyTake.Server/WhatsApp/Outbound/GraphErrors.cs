namespace PyTake.WhatsApp.Outbound;

/// <summary>What a refusal by Meta means for us (WHATSAPP, section 10).</summary>
public enum GraphErrorClass
{
    /// <summary>The number's token or permissions are invalid: the number sends nothing until an administrator has saved it again.</summary>
    Credentials,
    /// <summary>Meta locked or restricted the account: treated the same.</summary>
    AccountIntegrity,
    /// <summary>One of several rate limits was reached: retry later.</summary>
    Throttle,
    /// <summary>A temporary failure at Meta: retry with backoff, a limited number of times.</summary>
    Transient,
    /// <summary>The customer's last message is more than 24 hours old: only a template may be sent.</summary>
    Window,
    /// <summary>This customer cannot be reached.</summary>
    Recipient,
    /// <summary>Meta or the customer has blocked marketing messages.</summary>
    Marketing,
    /// <summary>The message itself is wrong.</summary>
    Content,
    /// <summary>The template is wrong, paused or gone.</summary>
    Template,
    /// <summary>The number is not (properly) registered at Meta, or its name is not approved: treated the same.</summary>
    Registration,
    /// <summary>Meta has no valid means of payment for the account and delivers nothing until it has one: treated the same.</summary>
    Payment,
    /// <summary>A code we have no rule for.</summary>
    Unknown,
}

/// <summary>The table of Meta's error codes.</summary>
public static class GraphErrors
{
    /// <summary>131056: too many messages to this one customer.</summary>
    public const int PairRate = 131056;

    /// <summary>130429: too many messages of this number.</summary>
    public const int Throughput = 130429;

    /// <summary>131048: too many of this number's messages were blocked or reported.</summary>
    public const int SpamRate = 131048;

    /// <summary>131047: the 24-hour window is closed.</summary>
    public const int WindowClosed = 131047;

    /// <summary>131050: the customer has stopped marketing messages.</summary>
    public const int OptedOut = 131050;

    /// <summary>The class of a refusal.</summary>
    /// <param name="httpStatus">Decides only if the code is missing or unknown.</param>
    /// <param name="code">error.code; null where the answer had none.</param>
    /// <param name="subcode">error.error_subcode, which only older versions send.</param>
    public static GraphErrorClass Classify(int httpStatus, int? code, int? subcode) => code switch
    {
        // "Object with ID … does not exist, cannot be loaded due to missing permissions": the phone number id, not the message.
        100 when subcode == 33 => GraphErrorClass.Credentials,
        0 or 3 or 10 or 102 or 190 or (>= 200 and <= 299) or 131005 => GraphErrorClass.Credentials,
        368 or 130497 or 131031 => GraphErrorClass.AccountIntegrity,
        4 or 80007 or Throughput or SpamRate or PairRate or 131064 or 133016 => GraphErrorClass.Throttle,
        1 or 2 or 131000 or 131016 or 131057 or 133004 => GraphErrorClass.Transient,
        WindowClosed => GraphErrorClass.Window,
        130403 or 131021 or 131026 or 131030 or 131062 or 131063 => GraphErrorClass.Recipient,
        130472 or 131049 or OptedOut or (>= 134100 and <= 134102) => GraphErrorClass.Marketing,
        33 or 100 or 131008 or 131009 or 131051 or 131052 or 131053 or 131055 => GraphErrorClass.Content,
        132000 or 132001 or 132005 or 132007 or 132012 or 132015 or 132016 or 132018 or 132068 or 132069 => GraphErrorClass.Template,
        // 131037: the number's name is not approved; 131045: its certificate is wrong; 133010: the number itself is not registered.
        131037 or 131045 or 133000 or 133005 or 133006 or 133008 or 133009 or 133010 or 133015 => GraphErrorClass.Registration,
        131042 or 134011 => GraphErrorClass.Payment,
        _ => httpStatus switch
        {
            401 => GraphErrorClass.Credentials,
            408 or >= 500 => GraphErrorClass.Transient,
            429 => GraphErrorClass.Throttle,
            _ => GraphErrorClass.Unknown,
        },
    };

    /// <summary>The class of an error in a webhook, where the code is text and there is no HTTP status.</summary>
    public static GraphErrorClass Classify(string? errorCode)
        => int.TryParse(errorCode, System.Globalization.CultureInfo.InvariantCulture, out var code) ? Classify(0, code, null) : GraphErrorClass.Unknown;

    /// <summary>Whether it concerns the whole number: whatever else it sends would be refused as well, until somebody has seen to it.</summary>
    public static bool StopsNumber(this GraphErrorClass errorClass)
        => errorClass is GraphErrorClass.Credentials or GraphErrorClass.AccountIntegrity or GraphErrorClass.Registration or GraphErrorClass.Payment;

    /// <summary>Whether a stored error code is this code of Meta's.</summary>
    public static bool IsCode(this string? errorCode, int code) => errorCode == code.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The name of a class in rows, metrics and the operators' view.</summary>
    public static string Word(this GraphErrorClass errorClass) => errorClass switch
    {
        GraphErrorClass.AccountIntegrity => "account_integrity",
        _ => errorClass.ToString().ToLowerInvariant(),
    };
}
