using PyTake.Accounts;

namespace PyTake.WhatsApp.Numbers;

/// <summary>
/// Adds and changes numbers. A phone_number_id is taken only with proof, since what customers write to a number is delivered to whoever has it here: WhatsApp
/// is asked for the number with the given token. One that another organization has is taken only if that one's token does not prove it any more.
/// </summary>
internal sealed class ClaimNumber(NumberStore numbers, GraphClient graph, SecretBox box)
{
    public async Task<NumberSaved> AddAsync(Guid organizationId, CreateNumberRequest request, CancellationToken cancellationToken)
    {
        var phoneNumberId = request.PhoneNumberId!.Trim();
        if (await RefusalAsync(phoneNumberId, request.AccessToken!.Trim(), cancellationToken) is { } refusal) return refusal;
        var holder = await numbers.HolderAsync(phoneNumberId, cancellationToken);
        if (holder?.OrganizationId == organizationId) holder = holder.IsActive ? holder : null;
        if (!await MayBeTakenAsync(holder, organizationId, phoneNumberId, cancellationToken)) return new NumberSaved.Taken();
        return await numbers.AddAsync(organizationId, request, holder, cancellationToken);
    }

    public async Task<NumberSaved> ChangeAsync(Guid organizationId, Guid id, NumberChange change, CancellationToken cancellationToken)
    {
        if (await numbers.ClaimAsync(organizationId, id, cancellationToken) is not { } number) return new NumberSaved.Missing();
        var isRevived = change.IsActive == true && !number.IsActive;
        var phoneNumberId = change.PhoneNumberId?.Trim() ?? (isRevived ? number.LostPhoneNumberId : null) ?? number.PhoneNumberId;
        if (phoneNumberId == number.PhoneNumberId && !isRevived)
            return await numbers.ChangeAsync(organizationId, id, change with { PhoneNumberId = null }, null, cancellationToken);

        if (change.AccessToken?.Trim() is not { } accessToken && !box.TryOpen(number.AccessToken, NumberStore.PlaceOf(number.Id), out accessToken!))
            return await numbers.HolderAsync(phoneNumberId, cancellationToken) is { IsActive: true }
                ? new NumberSaved.Taken()
                : new NumberSaved.Unproven("access_token", "is required, because the stored one cannot be decrypted");
        if (await RefusalAsync(phoneNumberId, accessToken, cancellationToken) is { } refusal) return refusal;
        var holder = await numbers.HolderAsync(phoneNumberId, cancellationToken);
        if (holder?.Id == id) holder = null;
        if (!await MayBeTakenAsync(holder, organizationId, phoneNumberId, cancellationToken)) return new NumberSaved.Taken();
        return await numbers.ChangeAsync(organizationId, id, change with { PhoneNumberId = phoneNumberId }, holder, cancellationToken);
    }

    private async Task<NumberSaved?> RefusalAsync(string phoneNumberId, string accessToken, CancellationToken cancellationToken)
        => await graph.ProveAsync(phoneNumberId, accessToken, cancellationToken) switch
        {
            NumberProof.Proven => null,
            NumberProof.TokenRefused { Reason: var reason } => new NumberSaved.Unproven("access_token", $"WhatsApp refuses this token: {reason}"),
            NumberProof.NoSuchNumber { Reason: var reason }
                => new NumberSaved.Unproven("phone_number_id", $"WhatsApp knows no such number, or not with this token: {reason}"),
            NumberProof.Unanswered { Reason: var reason }
                => new NumberSaved.Unproven("phone_number_id", $"WhatsApp could not be asked whether this number is yours: {reason}. Try again"),
            var other => throw new InvalidOperationException(other.ToString()),
        };

    // The caller has proven it. One's own other number keeps it; another organization loses what it has given up, or what WhatsApp says is not its own any
    // more. Where WhatsApp says neither, the other one keeps it.
    private async Task<bool> MayBeTakenAsync(NumberClaim? holder, Guid organizationId, string phoneNumberId, CancellationToken cancellationToken)
    {
        if (holder is null) return true;
        if (holder.OrganizationId == organizationId) return false;
        if (!holder.IsActive) return true;
        return box.TryOpen(holder.AccessToken, NumberStore.PlaceOf(holder.Id), out var accessToken)
            && (await graph.ProveAsync(phoneNumberId, accessToken, cancellationToken)).IsDenied;
    }
}

/// <summary>Which row has a phone_number_id, and by which token.</summary>
/// <param name="LostPhoneNumberId">The number that another organization has taken from it.</param>
/// <param name="AccessToken">Encrypted.</param>
internal sealed record NumberClaim(Guid Id, Guid OrganizationId, string PhoneNumberId, string? LostPhoneNumberId, byte[] AccessToken, bool IsActive);
