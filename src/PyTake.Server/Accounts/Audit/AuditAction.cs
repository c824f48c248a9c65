namespace PyTake.Accounts;

/// <summary>What the audit trail calls what was done: the kind of subject, a dot, and a verb in the past. The subject is the id of what is named first.</summary>
public static class AuditAction
{
    /// <summary>The subject is the user.</summary>
    public const string LoggedIn = "user.logged_in";

    /// <summary>The subject is the user whose password was not given; several failures may be one event, with their <c>count</c>.</summary>
    public const string LoginFailed = "user.login_failed";

    /// <summary>The subject is the session.</summary>
    public const string LoggedOut = "session.logged_out";

    /// <summary>A refresh token was used twice, so one of its users has stolen it.</summary>
    public const string TokenReused = "session.token_reused";

    public const string OrganizationRegistered = "organization.registered";
    public const string OrganizationChanged = "organization.changed";
    public const string UserCreated = "user.created";
    public const string UserChanged = "user.changed";
    public const string UserInvited = "user.invited";

    /// <summary>The subject is the user: their own change, a reset, or the answer to an invitation.</summary>
    public const string PasswordSet = "user.password_set";

    /// <summary>An administrator got a link for a user: an invitation, or for a new password.</summary>
    public const string LinkMade = "user.link_made";

    /// <summary>The subject is the user whose authenticator app or passkey it is.</summary>
    public const string FactorAdded = "user.factor_added";
    public const string FactorRemoved = "user.factor_removed";
    public const string RecoveryCodesMade = "user.recovery_codes_made";

    /// <summary>An administrator had all second factors of a user forgotten.</summary>
    public const string FactorsReset = "user.factors_reset";

    /// <summary>All sessions of a user were ended, by themselves or by an administrator.</summary>
    public const string LoggedOutEverywhere = "user.logged_out_everywhere";
    public const string NumberCreated = "number.created";

    /// <summary>Also its token and secrets; the details name what was changed.</summary>
    public const string NumberChanged = "number.changed";
    public const string NumberDeleted = "number.deleted";
    public const string ContactErased = "contact.erased";
    public const string ContactExported = "contact.exported";
    public const string ItemReplayed = "item.replayed";
    public const string ItemDiscarded = "item.discarded";
    public const string DashboardOpened = "dashboard.opened";

    /// <summary>A button of the dashboard; the subject is its path.</summary>
    public const string DashboardUsed = "dashboard.used";
}
