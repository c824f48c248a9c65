using System.Text.Json;
using Fido2NetLib;
using Fido2NetLib.Objects;
using Npgsql;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>
/// Passkeys (WebAuthn, level 2): registered by a user who is logged in, and enough for a login alone, because the authenticator verifies its user as well. They
/// are bound to the public address of the installation. What was asked is kept in the database until it is answered, once.
/// </summary>
internal sealed partial class Passkeys(PasskeyStore store, Challenges challenges, ILogger<Passkeys> logger)
{
    public const int MostOfAUser = 20;

    /// <summary>What the browser asks its authenticator for, to make a passkey for a user.</summary>
    public async Task<PasskeyAsked> AskToRegisterAsync(User user, Uri address, CancellationToken cancellationToken)
    {
        var options = Library(address).RequestNewCredential(new RequestNewCredentialParams
        {
            User = new Fido2User { Id = user.Id.ToByteArray(), Name = user.Email, DisplayName = user.FullName },
            ExcludeCredentials = await DescriptorsAsync(user.Id, cancellationToken),
            // Discoverable, so that a login needs no e-mail address; verified by the authenticator, so that it is two factors in one.
            AuthenticatorSelection = new AuthenticatorSelection
            {
                ResidentKey = ResidentKeyRequirement.Required,
                UserVerification = UserVerificationRequirement.Required,
            },
            AttestationPreference = AttestationConveyancePreference.None,
        });
        var json = options.ToJson();
        return new(await challenges.AddAsync(Challenges.PasskeyRegistration, user.Id, json, cancellationToken), new RawJson(json));
    }

    /// <summary>Checks what the authenticator made.</summary>
    /// <returns>Null if it is not what was asked for.</returns>
    public async Task<RegisteredPublicKeyCredential?> CheckRegistrationAsync(Challenge challenge, RawJson credential, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return await Library(address).MakeNewCredentialAsync(new MakeNewCredentialParams
            {
                AttestationResponse = JsonSerializer.Deserialize<AuthenticatorAttestationRawResponse>(credential.Text)!,
                OriginalOptions = CredentialCreateOptions.FromJson(challenge.Options!),
                IsCredentialIdUniqueToUserCallback = async (made, token) => await store.FindAsync(made.CredentialId, token) is null,
            }, cancellationToken);
        }
        catch (Exception exception) when (IsAnswerAtFault(exception))
        {
            LogRefused(exception.Message);
            return null;
        }
    }

    /// <summary>What the browser asks its authenticator to sign.</summary>
    /// <param name="userId">Whose passkeys are good; null for anybody's.</param>
    /// <param name="address">The public address.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<PasskeyAsked> AskToLogInAsync(Guid? userId, Uri address, CancellationToken cancellationToken)
    {
        var options = Library(address).GetAssertionOptions(new GetAssertionOptionsParams
        {
            AllowedCredentials = userId is { } id ? await DescriptorsAsync(id, cancellationToken) : [],
            UserVerification = UserVerificationRequirement.Required,
        });
        var json = options.ToJson();
        return new(await challenges.AddAsync(Challenges.PasskeyLogin, userId, json, cancellationToken), new RawJson(json));
    }

    /// <summary>Checks a signature and records its use.</summary>
    /// <param name="transaction">The login's.</param>
    /// <param name="challenge">What was asked for.</param>
    /// <param name="credential">The browser's answer.</param>
    /// <param name="address">The public address.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The user whose passkey it is; null if the signature is not good.</returns>
    public async Task<Guid?> LogInAsync(
        NpgsqlTransaction transaction, Challenge challenge, RawJson credential, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            var answer = JsonSerializer.Deserialize<AuthenticatorAssertionRawResponse>(credential.Text)!;
            if (answer.RawId is null || await store.FindAsync(answer.RawId, cancellationToken) is not { } passkey) return null;
            if (challenge.UserId is { } asked && asked != passkey.UserId) return null;
            var verified = await Library(address).MakeAssertionAsync(new MakeAssertionParams
            {
                AssertionResponse = answer,
                OriginalOptions = AssertionOptions.FromJson(challenge.Options!),
                StoredPublicKey = passkey.PublicKey,
                StoredSignatureCounter = (uint)passkey.SignCount,
                IsUserHandleOwnerOfCredentialIdCallback = (claimed, _) => Task.FromResult(claimed.UserHandle.AsSpan().SequenceEqual(passkey.UserId.ToByteArray())),
            }, cancellationToken);
            return await store.UseAsync(transaction, passkey, verified.SignCount, cancellationToken) ? passkey.UserId : null;
        }
        catch (Exception exception) when (IsAnswerAtFault(exception))
        {
            LogRefused(exception.Message);
            return null;
        }
    }

    private async Task<IReadOnlyList<PublicKeyCredentialDescriptor>> DescriptorsAsync(Guid userId, CancellationToken cancellationToken)
        => [.. (await store.CredentialIdsAsync(userId, cancellationToken)).Select(id => new PublicKeyCredentialDescriptor(id))];

    private static Fido2 Library(Uri address) => new(new Fido2Configuration
    {
        RPID = address.Host,
        RPName = "PyTake",
        Origins = new HashSet<string> { address.GetLeftPart(UriPartial.Authority) },
    });

    // What a browser sends may be anything, and the library's decoders say so in many ways; an outage of the database is none of them.
    private static bool IsAnswerAtFault(Exception exception) => exception is not (NpgsqlException or OperationCanceledException or OutOfMemoryException);

    [LoggerMessage(6021, LogLevel.Information, "A passkey's answer was refused: {Reason}")]
    private partial void LogRefused(string reason);
}

/// <summary>What a browser needs for a passkey.</summary>
/// <param name="State">To be sent back with the authenticator's answer.</param>
/// <param name="PublicKey">The options of WebAuthn, as <c>parseCreationOptionsFromJSON</c> and <c>parseRequestOptionsFromJSON</c> take them.</param>
public sealed record PasskeyAsked(string State, RawJson PublicKey);
