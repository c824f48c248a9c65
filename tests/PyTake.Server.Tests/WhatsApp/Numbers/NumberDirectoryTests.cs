using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Numbers;

public sealed class NumberDirectoryTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly TestClock _clock = new();

    [Fact]
    public async Task The_installations_secrets_and_those_of_active_numbers_may_sign()
    {
        var organization = await Given.Organization(fixture.Node);
        await SetSecrets(organization.Number, "an organization's own secret", "an organization's own token");
        var retired = await Given.Number(fixture.Node, organization.Id);
        await SetSecrets(retired, "a retired number's secret", "a retired number's token");
        await fixture.Database.ExecuteAsync("update whatsapp_numbers set is_active = false where id = @Id", retired);

        var directory = Directory(fixture.Database.Source);

        Assert.Equal([TestNode.AppSecret], directory.AppSecrets.Select(Encoding.UTF8.GetString));
        Assert.Equal(["an organization's own secret"], await Secrets(directory, organization.Number.PhoneNumberId));
        Assert.Empty(await Secrets(directory, retired.PhoneNumberId));
        Assert.Empty(await Secrets(directory, "of nobody yet"));
        Assert.True(await directory.IsVerifyTokenAsync(TestNode.VerifyToken, CancellationToken.None));
        Assert.True(await directory.IsVerifyTokenAsync("an organization's own token", CancellationToken.None));
        Assert.False(await directory.IsVerifyTokenAsync("a retired number's token", CancellationToken.None));
        Assert.False(await directory.IsVerifyTokenAsync("", CancellationToken.None));
    }

    [Fact]
    public async Task An_organizations_own_secret_is_valid_for_its_own_numbers_only()
    {
        var (ours, theirs) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        await SetSecrets(ours.Number, "a secret that we know", "token");
        var second = await Given.Number(fixture.Node, ours.Id);
        await fixture.Database.ExecuteAsync("update whatsapp_numbers set waba_id = '31415' where id = @Id", new { ours.Number.Id });
        await fixture.Database.ExecuteAsync("update whatsapp_numbers set waba_id = '27182' where id = @Id", new { theirs.Number.Id });
        var directory = Directory(fixture.Database.Source);
        ValueTask<Guid?> Vouches(string secret, string? number, string? account = null)
            => directory.VoucherAsync(Encoding.UTF8.GetBytes(secret), number, account, CancellationToken.None);

        Assert.Equal(ours.Id, await Vouches("a secret that we know", ours.Number.PhoneNumberId));
        Assert.Equal(ours.Id, await Vouches("a secret that we know", second.PhoneNumberId));
        Assert.Null(await Vouches("a secret that we know", null));
        Assert.Null(await Vouches("a secret that we know", theirs.Number.PhoneNumberId));
        Assert.Null(await Vouches("a secret that we know", "of nobody yet"));
        Assert.Null(await Vouches("a secret of nobody's", ours.Number.PhoneNumberId));
        Assert.Equal(ours.Id, await Vouches("a secret that we know", null, "31415"));
        Assert.Null(await Vouches("a secret that we know", null, "27182"));
    }

    [Fact]
    public async Task However_many_secrets_an_organization_has_a_body_is_tried_with_few_and_the_numbers_own_is_the_first()
    {
        var (ours, theirs) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        for (var n = 0; n < 30; n++) await SetSecrets(await Given.Number(fixture.Node, ours.Id), $"a secret of many, number {n}", "token");
        await SetSecrets(ours.Number, "the number's own secret", "token");
        await fixture.Database.ExecuteAsync("update whatsapp_numbers set waba_id = '6001' where organization_id = @Id", new { ours.Id });
        await SetSecrets(theirs.Number, "theirs, whom Meta has named", "token");
        await fixture.Database.ExecuteAsync("update whatsapp_numbers set waba_id = '6001', is_waba_confirmed = true where id = @Id", new { theirs.Number.Id });
        var directory = Directory(fixture.Database.Source);

        var secrets = await Secrets(directory, ours.Number.PhoneNumberId);
        Assert.InRange(secrets.Length, 2, 8);
        Assert.Equal("the number's own secret", secrets[0]);
        Assert.Equal(["theirs, whom Meta has named"], await Secrets(directory, null, "6001"));
    }

    [Fact]
    public async Task A_number_saved_elsewhere_is_known_two_seconds_later()
    {
        var organization = await Given.Organization(fixture.Node);
        var directory = Directory(fixture.Database.Source);
        Assert.False(await directory.IsVerifyTokenAsync("saved elsewhere", CancellationToken.None));

        await SetSecrets(organization.Number, null, "saved elsewhere");
        _clock.Advance(TimeSpan.FromSeconds(2.1));

        Assert.True(await directory.IsVerifyTokenAsync("saved elsewhere", CancellationToken.None));
    }

    [Fact]
    public async Task Without_PostgreSQL_the_cached_secrets_stay_in_use()
    {
        await using var cluster = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(cluster);
        var organization = await Given.Organization(node);
        await node.Database.ExecuteAsync("update whatsapp_numbers set app_secret = @secret where id = @Id",
            new { organization.Number.Id, secret = node.Get<SecretBox>().Seal("known from before", NumberStore.PlaceOf(organization.Number.Id, "app_secret")) });
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Pooling = false });
        var directory = Directory(source);
        await Secrets(directory, organization.Number.PhoneNumberId);

        await fixture.Database.ExecuteAsync($"alter database {cluster.Name} with allow_connections false");
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Contains("known from before", await Secrets(directory, organization.Number.PhoneNumberId));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Secrets(Directory(source), organization.Number.PhoneNumberId));
    }

    private static async Task<string[]> Secrets(NumberDirectory directory, string? number, string? account = null)
        => [.. (await directory.AppSecretsAsync(number, account, CancellationToken.None)).Select(Encoding.UTF8.GetString)];

    private NumberDirectory Directory(NpgsqlDataSource database) => new(
        database, fixture.Node.Get<SecretBox>(), fixture.Node.Get<IOptions<WhatsAppOptions>>(), fixture.Node.Get<NodeBus>(), _clock, NullLogger<NumberDirectory>.Instance);

    private Task SetSecrets(TestNumber number, string? appSecret, string verifyToken) => fixture.Database.ExecuteAsync(
        "update whatsapp_numbers set app_secret = @secret, webhook_verify_token = @token where id = @Id", new
        {
            number.Id,
            secret = appSecret is null ? null : fixture.Node.Get<SecretBox>().Seal(appSecret, NumberStore.PlaceOf(number.Id, "app_secret")),
            token = fixture.Node.Get<SecretBox>().Seal(verifyToken, NumberStore.PlaceOf(number.Id, "webhook_verify_token")),
        });
}
