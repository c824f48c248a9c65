namespace PyTake.Accounts;

/// <summary>What a login answers, however it was made.</summary>
internal sealed class LoginAnswers(Sessions sessions, KnownDevices devices)
{
    /// <summary>From now on the browser is known to belong to the user.</summary>
    public async Task<LoginAnswer> OfAsync(SignedIn signedIn, HttpContext context, CancellationToken cancellationToken)
    {
        var (user, token, caller) = signedIn;
        devices.Remember(context, user);
        var standing = await sessions.FindAsync(caller, cancellationToken);
        return new LoginAnswer(
            user, token, "Login successful", token.AccessToken, token.RefreshToken, token.TokenType, token.ExpiresIn, standing?.MustEnrol ?? false);
    }
}

/// <summary>The token's fields appear twice: the old UI reads them from <c>token</c>, other clients from the top level.</summary>
/// <param name="MfaEnrolmentRequired">Whether all that the session may do is set up a second factor.</param>
internal sealed record LoginAnswer(
    User User, Token Token, string Message, string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, bool MfaEnrolmentRequired);

/// <summary>What a login answers whose password was right, to a user with a second factor.</summary>
/// <param name="Methods"><c>totp</c>, <c>passkey</c>, <c>recovery_code</c>: those that the user has.</param>
/// <param name="ExpiresIn">Seconds.</param>
internal sealed record SecondFactorAsked(bool MfaRequired, string MfaToken, IReadOnlyList<string> Methods, int ExpiresIn);
