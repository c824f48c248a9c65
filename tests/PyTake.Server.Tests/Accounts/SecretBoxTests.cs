using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

public sealed class SecretBoxTests
{
    private static readonly string OldKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    /// <summary>A secret that the version before encrypted with a key of 32 zeros: EAAG-of-the-version-before.</summary>
    internal const string Unbound =
        "0166687aad000102030405060708090a0be46ae02382d8544fe0854f05067046c0cd8a72152d92e9d4b61037c88b66ac7f3d03c6b7ddf8e999bdae";
    private static readonly SecretPlace Place = new("whatsapp_numbers", "access_token", Guid.NewGuid());
    private static readonly string NewKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void A_secret_is_decrypted_as_it_was_and_never_encrypted_to_the_same_bytes()
    {
        var box = Box(OldKey);

        var (first, second) = (box.Seal("EAAG… token", Place), box.Seal("EAAG… token", Place));

        Assert.Equal("EAAG… token", box.Open(first, Place));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void The_first_key_encrypts_and_all_keys_decrypt()
    {
        var old = Box(OldKey).Seal("secret", Place);
        var both = Box(NewKey, OldKey);

        Assert.Equal("secret", both.Open(old, Place));
        Assert.Equal("secret", Box(NewKey).Open(both.Seal("secret", Place), Place));
        Assert.False(Box(NewKey).TryOpen(old, Place, out _));
    }

    [Fact]
    public void A_tampered_secret_does_not_decrypt()
    {
        var box = Box(OldKey);
        var sealed_ = box.Seal("secret", Place);
        for (var i = 0; i < sealed_.Length; i++)
        {
            var changed = sealed_.ToArray();
            changed[i] ^= 1;
            Assert.False(box.TryOpen(changed, Place, out _));
        }
        Assert.False(box.TryOpen([], Place, out _));
    }

    [Fact]
    public void A_secret_that_was_put_in_anothers_place_does_not_decrypt()
    {
        var box = Box(OldKey);
        var sealed_ = box.Seal("a token", Place);

        foreach (var elsewhere in (SecretPlace[])[Place with { Row = Guid.NewGuid() }, Place with { Column = "app_secret" }, Place with { Table = "users" }])
            Assert.False(box.TryOpen(sealed_, elsewhere, out _));
        // Nor is it taken for one of the version before, which belongs anywhere.
        sealed_[0] = 1;
        Assert.False(box.TryOpen(sealed_, Place, out _));
    }

    [Fact]
    public void A_secret_of_the_version_before_decrypts_until_it_is_renewed()
    {
        var old = Convert.FromHexString(Unbound);
        var box = Box(Convert.ToBase64String(new byte[32]));

        Assert.Equal("EAAG-of-the-version-before", box.Open(old, Place));
        Assert.False(box.IsCurrent(old));
        Assert.True(box.IsCurrent(box.Seal("EAAG-of-the-version-before", Place)));
    }

    private static SecretBox Box(params string[] keys) => new(Options.Create(new EncryptionOptions { Keys = keys }));
}
