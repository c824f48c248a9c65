using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

public sealed class SecretBoxTests
{
    private static readonly string OldKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string NewKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void A_secret_is_decrypted_as_it_was_and_never_encrypted_to_the_same_bytes()
    {
        var box = Box(OldKey);

        var (first, second) = (box.Seal("EAAG… token"), box.Seal("EAAG… token"));

        Assert.Equal("EAAG… token", box.Open(first));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void The_first_key_encrypts_and_all_keys_decrypt()
    {
        var old = Box(OldKey).Seal("secret");
        var both = Box(NewKey, OldKey);

        Assert.Equal("secret", both.Open(old));
        Assert.Equal("secret", Box(NewKey).Open(both.Seal("secret")));
        Assert.False(Box(NewKey).TryOpen(old, out _));
    }

    [Fact]
    public void A_tampered_secret_does_not_decrypt()
    {
        var box = Box(OldKey);
        var sealed_ = box.Seal("secret");
        for (var i = 0; i < sealed_.Length; i++)
        {
            var changed = sealed_.ToArray();
            changed[i] ^= 1;
            Assert.False(box.TryOpen(changed, out _));
        }
        Assert.False(box.TryOpen([], out _));
    }

    private static SecretBox Box(params string[] keys) => new(Options.Create(new EncryptionOptions { Keys = keys }));
}
