using System.Text;

namespace PyTake.WhatsApp.Webhooks;

public sealed class WebhookSignatureTests
{
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes(Fixture.AppSecret);
    private static readonly byte[] OtherSecret = Encoding.UTF8.GetBytes("an-older-secret");
    private static readonly Fixture Signed = Fixture.Load("02-secret-rotation");

    [Fact]
    public void A_signature_that_another_program_made_is_accepted()
    {
        var fixture = Fixture.Load("01-escaped-text");
        Assert.NotNull(WebhookSignature.FindSigner(fixture.Body, Fixture.OtherHandsSignature, [Secret]));
        Assert.Equal(Fixture.OtherHandsSignature, fixture.Signature);
    }

    [Fact]
    public void Any_of_several_secrets_will_do()
    {
        Assert.NotNull(WebhookSignature.FindSigner(Signed.Body, Signed.Signature, [OtherSecret, Secret]));
        Assert.NotNull(WebhookSignature.FindSigner(Signed.Body, Signed.Signature, [Secret, OtherSecret]));
        Assert.NotNull(WebhookSignature.FindSigner(Signed.Body, Meta.Sign(Signed.Body, "an-older-secret"), [Secret, OtherSecret]));
        Assert.Null(WebhookSignature.FindSigner(Signed.Body, Signed.Signature, [OtherSecret]));
        Assert.Null(WebhookSignature.FindSigner(Signed.Body, Signed.Signature, []));
    }

    [Fact]
    public void Digits_may_be_of_either_case()
        => Assert.NotNull(WebhookSignature.FindSigner(Signed.Body, "sha256=" + Signed.Signature["sha256=".Length..].ToUpperInvariant(), [Secret]));

    [Fact]
    public void A_single_changed_byte_breaks_it()
    {
        var body = Signed.Body.ToArray();
        body[^10] ^= 1;
        Assert.Null(WebhookSignature.FindSigner(body, Signed.Signature, [Secret]));
    }

    [Fact]
    public void A_body_that_was_serialized_again_has_another_signature()
    {
        var fixture = Fixture.Load("01-escaped-text");
        var anew = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(System.Text.Json.JsonDocument.Parse(fixture.Body).RootElement);
        Assert.Null(WebhookSignature.FindSigner(anew, fixture.Signature, [Secret]));
    }

    [Fact]
    public void An_empty_body_can_be_signed()
        => Assert.NotNull(WebhookSignature.FindSigner([], Meta.Sign([], Fixture.AppSecret), [Secret]));

    [Fact]
    public void Headers_of_another_form_are_refused()
    {
        var digits = Signed.Signature["sha256=".Length..];
        foreach (var header in new[]
        {
            null, "", "sha256=", digits, "sha256=" + digits[..^1], "sha256=" + digits[..^2], "sha256=" + digits + "0", "sha256=" + digits + "00",
            "SHA256=" + digits, "sha256:" + digits, " sha256=" + digits, "sha256= " + digits, "sha256=" + digits + " ", "sha256=" + digits[..^1] + "g",
            "sha1=" + digits[..40], "sha256=" + Convert.ToBase64String(Convert.FromHexString(digits)),
        })
            Assert.Null(WebhookSignature.FindSigner(Signed.Body, header, [Secret]));
    }
}
