using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The app secret that signed a webhook, and thereby what may be in it.</summary>
/// <param name="Secret">An organization's; null for the installation's.</param>
internal readonly record struct WebhookSigner(byte[]? Secret)
{
    /// <summary>Meta itself, or whoever else the installation trusts with its secrets.</summary>
    public static readonly WebhookSigner Installation = new(null);

    /// <summary>Notes in each update who vouches for it.</summary>
    /// <param name="items">Of one webhook; replaced by those that say so.</param>
    /// <returns>The first one that the signer may not vouch for, with which all are refused; null if there is none.</returns>
    public async ValueTask<WebhookItem?> VouchAsync(WebhookItem[] items, NumberDirectory numbers, CancellationToken cancellationToken)
    {
        (string? Number, string? Account)? last = null;
        Guid? voucher = null;
        for (var i = 0; i < items.Length; i++)
        {
            // Mostly all are about the same number.
            var subject = (items[i].PhoneNumberId, items[i].WabaId);
            if (last != subject)
            {
                last = subject;
                if (Secret is null) await numbers.ConfirmAsync(subject.PhoneNumberId, subject.WabaId, cancellationToken);
                else if ((voucher = await numbers.VoucherAsync(Secret, subject.PhoneNumberId, subject.WabaId, cancellationToken)) is null) return items[i];
            }
            if (voucher is not null) items[i] = items[i] with { VouchedBy = voucher };
        }
        return null;
    }
}
