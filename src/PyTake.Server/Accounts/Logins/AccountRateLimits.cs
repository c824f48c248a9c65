using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PyTake.Http;
using PyTake.Nodes;

namespace PyTake.Accounts;

/// <summary>Limits the requests per minute to the routes where passwords or tokens could be guessed (CONTRACT, section 8).</summary>
internal sealed class AccountRateLimits(SharedLimits limits, IOptions<AccountOptions> options)
{
    private readonly AccountOptions _options = options.Value;

    /// <summary>Counts a login.</summary>
    /// <returns>Null if it is within all limits, otherwise how long to wait.</returns>
    public Task<TimeSpan?> CountLoginAsync(string email, Visitor visitor) => limits.CountAsync(
        visitor.KnownAs is null ? [OfLogins(email, visitor), .. OfFailures(visitor)] : [OfLogins(email, visitor)]);

    /// <summary>Takes back that a counted login may fail.</summary>
    public void LoginHasNotFailed(Visitor visitor)
    {
        if (visitor.KnownAs is null) limits.Return(OfFailures(visitor));
    }

    /// <summary>Takes back a counted login for which there was no time.</summary>
    public void ReturnLogin(string email, Visitor visitor)
    {
        limits.Return(OfLogins(email, visitor));
        LoginHasNotFailed(visitor);
    }

    /// <summary>Counts a refresh. Null if it is within the limit, otherwise 429.</summary>
    /// <param name="owner">The user whose refresh token it is; null for an unknown one.</param>
    public Task<JsonHttpResult<ErrorBody>?> RefreshExceededAsync(HttpContext context, Guid? owner)
        => ExceededAsync(context, new Limit("refreshes", $"{context.Connection.Key()} {owner}", _options.RefreshesPerMinute));

    /// <summary>Counts a registration. Null if it is within the limit, otherwise 429.</summary>
    public Task<JsonHttpResult<ErrorBody>?> RegisterExceededAsync(HttpContext context)
        => ExceededAsync(context, new Limit("registrations", context.Connection.Key(), _options.RegistrationsPerMinute));

    /// <summary>
    /// Counts a second step of a login, the question for a passkey, which each look at the login page asks, or the use of a link. Null if it is within the
    /// limit, otherwise 429. Everybody in an office has the same address, so the limit is that of failed logins: wrong codes are counted for each user besides,
    /// and the tokens of links are too long to be guessed.
    /// </summary>
    public Task<JsonHttpResult<ErrorBody>?> StepExceededAsync(HttpContext context)
        => ExceededAsync(context, new Limit("login steps", context.Connection.Key(), _options.FailedLoginsPerMinute));

    /// <summary>Counts another request where something could be guessed. Null if it is within the limit of logins, otherwise 429.</summary>
    /// <param name="key">What is tried, and by whom.</param>
    public Task<JsonHttpResult<ErrorBody>?> GuessExceededAsync(HttpContext context, string key)
        => ExceededAsync(context, new Limit("guesses", key, _options.LoginsPerMinute));

    private async Task<JsonHttpResult<ErrorBody>?> ExceededAsync(HttpContext context, Limit limit)
        => await limits.CountAsync(limit) is { } wait ? Overload.TooManyRequests(context.Response, wait) : null;

    // A device that is known has a limit of its own, so that strangers do not use it up, not even those behind its address.
    private Limit OfLogins(string email, Visitor visitor)
        => new("logins", visitor.KnownAs ?? $"{visitor.Network} {Emails.Normalize(email)}", _options.LoginsPerMinute);

    private Limit[] OfFailures(Visitor visitor) =>
    [
        new("failed logins", visitor.Network, _options.FailedLoginsPerMinute),
        new("all failed logins", "", _options.AllFailedLoginsPerMinute),
    ];
}
